#include "remedies/code/declared.h"

#include <algorithm>
#include <set>

#include "base/text.h"
#include "base/toml.h"
#include "remedies/code/source_checks.h"
#include "syntax/python.h"

namespace solvent::remedies::code {

namespace python = syntax::python;
using python::NodeId;

namespace {

/// "numpy>=2.0" as a package and a clause.
syntax::Requirement required(std::string_view text) {
  const auto file = syntax::parse_requirements(text);
  return file.entries.empty() ? syntax::Requirement() : file.entries[0].requirement;
}

bool satisfies_all(std::string_view version, std::span<const syntax::Specifier> specifiers) {
  return std::ranges::all_of(specifiers, [&](const syntax::Specifier& one) {
    return syntax::satisfies(version, one).value_or(true);
  });
}

/// Poetry's "^1.2" and "~1.2" as PEP 440 has them; what else it knows is the same.
std::string as_pep440(std::string_view text) {
  text = trim(text);
  if (text == "*" || text.empty()) return {};
  const bool caret = text.starts_with('^'),
             tilde = text.starts_with('~') && !text.starts_with("~=");
  if (!caret && !tilde) {
    const bool bare = text[0] >= '0' && text[0] <= '9';
    return (bare ? "==" : "") + std::string(text);
  }
  const std::string version(trim(text.substr(1)));
  const auto parsed = syntax::parse_version(version);
  if (!parsed) return {};
  // The first number that is not zero may not rise, or the second one for "~".
  const auto& release = parsed->release;
  std::size_t fixed = 0;
  if (caret)
    while (fixed + 1 < release.size() && release[fixed] == 0) ++fixed;
  else
    fixed = release.size() > 1 ? 1 : 0;
  std::string end;
  for (std::size_t i = 0; i <= fixed; ++i)
    end += (i == 0 ? "" : ".") + std::to_string(release[i] + (i == fixed ? 1 : 0));
  return ">=" + version + ",<" + end;
}

/// Texts of a list, or of the list that a name was bound to.
std::vector<std::string> texts_of(const python::Tree& tree, NodeId value, bool named = true) {
  std::vector<std::string> out;
  const auto& node = tree[value];
  if (node.kind == python::Kind::kName && named) {
    for (NodeId id = tree[tree.root()].first; id != 0; id = tree[id].next) {
      if (tree[id].kind != python::Kind::kAssign) continue;
      const NodeId target = tree[id].first;
      if (tree[target].kind == python::Kind::kName && tree.span(target) == tree.span(value))
        return texts_of(tree, tree[target].next, false);
    }
    return out;
  }
  if (node.kind != python::Kind::kList && node.kind != python::Kind::kTuple) return out;
  for (NodeId id = node.first; id != 0; id = tree[id].next)
    if (tree[id].kind == python::Kind::kConstant) out.push_back(tree.string_value(id));
  return out;
}

}  // namespace

Declared::Declared(const check::SourceTree& tree) {
  for (const check::SourceFile* file : own_files(tree)) {
    const std::string name = lower_ascii(file_name(file->path));
    const bool requirements = name.starts_with("requirements") && name.ends_with(".txt");
    if (!requirements && name != "pyproject.toml" && name != "setup.py" && name != "setup.cfg")
      continue;
    const auto text = tree.text(*file);
    if (!text) continue;
    if (requirements) add(file->path, *text);
    if (name == "pyproject.toml") add_pyproject(file->path, *text);
    if (name == "setup.py") add_setup(file->path, *text);
    if (name == "setup.cfg") add_setup_cfg(file->path, *text);
  }
}

void Declared::add(const std::string& file, std::string_view text) {
  for (const auto& entry : syntax::parse_requirements(text).entries) {
    const auto& one = entry.requirement;
    if (one.normalized.empty() || one.specifiers.empty()) continue;
    auto& specifiers = by_package_[one.normalized][file];
    specifiers.insert(specifiers.end(), one.specifiers.begin(), one.specifiers.end());
  }
}

void Declared::add_pyproject(const std::string& file, std::string_view text) {
  const auto toml = parse_toml(text, file);
  if (!toml) return;
  if (const Json* project = toml->document.find("project"))
    if (const Json* list = project->find("dependencies"); list != nullptr && list->is_array())
      for (const Json& one : list->array())
        if (one.is_string()) add(file, one.string());
  const Json* tool = toml->document.find("tool");
  const Json* poetry = tool == nullptr ? nullptr : tool->find("poetry");
  const Json* table = poetry == nullptr ? nullptr : poetry->find("dependencies");
  if (table == nullptr || !table->is_object()) return;
  for (const auto& [name, value] : table->object()) {
    const std::string version = value.is_string() ? value.string() : value.text_or("version", "");
    add(file, name + as_pep440(version));
  }
}

void Declared::add_setup(const std::string& file, std::string_view text) {
  python::Tree tree;
  python::parse(text, tree);
  for (NodeId id = 1; id < tree.size(); ++id)
    if (tree[id].kind == python::Kind::kKeyword && tree.written_name(id) == "install_requires")
      for (const std::string& one : texts_of(tree, tree[id].first)) add(file, one);
}

void Declared::add_setup_cfg(const std::string& file, std::string_view text) {
  bool listed = false;
  for (const std::string_view line : split_lines(text)) {
    const std::string_view words = trim(line);
    const bool indented = !line.empty() && (line[0] == ' ' || line[0] == '\t');
    if (!indented) listed = words.starts_with("install_requires");
    const std::size_t equals = words.find('=');
    if (listed && !indented && equals != std::string_view::npos)
      add(file, trim(words.substr(equals + 1)));
    else if (listed && indented && !words.starts_with('#'))
      add(file, words);
  }
}

bool Declared::admits(std::string_view requirement) const {
  const syntax::Requirement one = required(requirement);
  const auto package = by_package_.find(one.normalized);
  if (package == by_package_.end() || one.specifiers.empty()) return true;
  // A version for which both hold is at, or just behind, one that either names.
  return std::ranges::any_of(package->second, [&](const auto& file) {
    const Specifiers& declared = file.second;
    std::set<std::string> versions;
    for (const Specifiers* specifiers : {&declared, &one.specifiers})
      for (const syntax::Specifier& specifier : *specifiers) {
        std::string version = specifier.version;
        if (version.ends_with(".*")) version.resize(version.size() - 2);
        versions.insert(version);
        versions.insert(version + ".1");
        versions.insert(version + ".0.1");
      }
    return std::ranges::any_of(versions, [&](const std::string& version) {
      return satisfies_all(version, declared) && satisfies_all(version, one.specifiers);
    });
  });
}

}  // namespace solvent::remedies::code
