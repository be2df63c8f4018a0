#include "syntax/requirements.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "base/text.h"
#include "syntax/text_encoding.h"

namespace solvent::syntax {
namespace {

bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\r' || c == '\f' || c == '\v';
}
bool is_alphanumeric(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}
bool is_hex(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

/// A logical line, and for each of its bytes where in the file it stands.
struct LogicalLine {
  std::string text;
  std::vector<std::size_t> offsets;
  std::size_t end = 0;  ///< offset just past the last byte kept
  std::int64_t line = 0, end_line = 0;

  void append(std::string_view piece, std::size_t offset) {
    for (std::size_t i = 0; i < piece.size(); ++i) {
      text += piece[i];
      offsets.push_back(offset + i);
    }
    end = offset + piece.size();
  }
  std::size_t offset_at(std::size_t i) const { return i < offsets.size() ? offsets[i] : end; }
  std::size_t offset_after(std::size_t i) const {
    return i == 0 ? offset_at(0) : offsets[i - 1] + 1;
  }
};

/// A '#' that begins the line or follows white space begins a comment; npos when none does.
std::size_t comment_start(std::string_view line) {
  for (std::size_t at = line.find('#'); at != std::string_view::npos; at = line.find('#', at + 1))
    if (at == 0 || is_blank(line[at - 1])) return at;
  return std::string_view::npos;
}

void strip_comment(LogicalLine& line) {
  const std::size_t at = comment_start(line.text);
  if (at != std::string_view::npos) {
    line.text.resize(at);
    line.offsets.resize(at);
  }
  while (!line.text.empty() && is_blank(line.text.back())) {
    line.text.pop_back();
    line.offsets.pop_back();
  }
  if (!line.offsets.empty()) line.end = line.offsets.back() + 1;
}

/// Joins continuation lines as pip does: before comments are removed, except that a comment ends a
/// continuation.
std::vector<LogicalLine> logical_lines(std::string_view text) {
  std::vector<LogicalLine> out;
  LogicalLine current;
  bool open = false;
  std::size_t at = 0;
  for (std::int64_t number = 1; at < text.size(); ++number) {
    const std::size_t newline = std::min(text.find('\n', at), text.size());
    std::string_view line = text.substr(at, newline - at);
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (!open) current = {.end = at, .line = number};
    const bool comment = comment_start(line) != std::string_view::npos;
    open = line.ends_with('\\') && !comment;
    if (open) line.remove_suffix(1);
    current.append(line, at);
    current.end_line = number;
    if (!open) {
      strip_comment(current);
      if (!trim(current.text).empty()) out.push_back(std::exchange(current, {}));
    }
    at = newline + 1;
  }
  if (open) {
    strip_comment(current);
    if (!trim(current.text).empty()) out.push_back(std::move(current));
  }
  return out;
}

/// A cursor over a logical line.
struct Cursor {
  std::string_view text;
  std::size_t at = 0;

  bool done() const { return at >= text.size(); }
  char peek() const { return done() ? '\0' : text[at]; }
  void blanks() {
    while (!done() && is_blank(text[at])) ++at;
  }
  bool take(char c) {
    if (peek() != c) return false;
    ++at;
    return true;
  }
  std::string_view rest() const { return text.substr(at); }
};

/// PEP 508's identifier; empty when there is none.
std::string_view take_name(Cursor& in) {
  const std::size_t start = in.at;
  std::size_t end = start;
  if (!is_alphanumeric(in.peek())) return {};
  while (!in.done()) {
    const char c = in.peek();
    if (is_alphanumeric(c)) {
      end = ++in.at;
    } else if (c == '.' || c == '-' || c == '_') {
      ++in.at;
    } else {
      break;
    }
  }
  in.at = end;
  return in.text.substr(start, end - start);
}

bool take_extras(Cursor& in, Requirement& out) {
  if (!in.take('[')) return true;
  in.blanks();
  if (in.take(']')) return true;
  do {
    in.blanks();
    const auto extra = take_name(in);
    if (extra.empty()) return false;
    out.extras.emplace_back(extra);
    in.blanks();
  } while (in.take(','));
  return in.take(']');
}

std::string_view take_operator(Cursor& in) {
  static constexpr std::array<std::string_view, 8> kOperators = {
      "===", "~=", "==", "!=", "<=", ">=", "<", ">"};
  for (const auto op : kOperators) {
    if (!in.rest().starts_with(op)) continue;
    in.at += op.size();
    return op;
  }
  return {};
}

bool is_version_byte(char c) {
  return is_alphanumeric(c) || c == '.' || c == '-' || c == '_' || c == '*' || c == '+' || c == '!';
}

/// Clauses parted by commas, in brackets or not; leaves their extent in `out`.
bool take_specifiers(Cursor& in, const LogicalLine& line, Requirement& out) {
  out.specifiers_begin = out.specifiers_end = line.offset_after(in.at);
  in.blanks();
  const std::size_t start = in.at;
  const bool bracketed = in.take('(');
  in.blanks();
  std::size_t end = in.at;
  while (true) {
    const auto op = take_operator(in);
    if (op.empty()) break;
    in.blanks();
    const std::size_t from = in.at;
    const bool any = op == "===";
    while (!in.done() &&
           (any ? !is_blank(in.peek()) && in.peek() != ',' && in.peek() != ';' && in.peek() != ')'
                : is_version_byte(in.peek())))
      ++in.at;
    if (in.at == from) return false;
    out.specifiers.push_back({std::string(op), std::string(in.text.substr(from, in.at - from))});
    end = in.at;
    in.blanks();
    if (!in.take(',')) break;
    in.blanks();
  }
  if (bracketed) {
    in.blanks();
    if (!in.take(')')) return false;
    end = in.at;
  }
  if (end > start && (bracketed || !out.specifiers.empty())) {
    out.specifiers_begin = line.offset_at(start);
    out.specifiers_end = line.offset_after(end);
  }
  return true;
}

/// " --hash=sha256:… --config-settings=…" at the end of a requirement; what stands before it is
/// returned. An option begins at white space and a dash.
std::size_t options_start(std::string_view text) {
  for (std::size_t i = 1; i < text.size(); ++i)
    if (text[i] == '-' && is_blank(text[i - 1]) && i + 1 < text.size() &&
        (text[i + 1] == '-' || is_alphanumeric(text[i + 1])))
      return i;
  return text.size();
}

std::vector<std::string_view> words_of(std::string_view text) {
  std::vector<std::string_view> out;
  for (std::size_t at = 0; at < text.size();) {
    if (is_blank(text[at])) {
      ++at;
      continue;
    }
    std::size_t end = at;
    while (end < text.size() && !is_blank(text[end])) ++end;
    out.push_back(text.substr(at, end - at));
    at = end;
  }
  return out;
}

void take_hashes(std::string_view options, Requirement& out) {
  const auto words = words_of(options);
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (words[i].starts_with("--hash=")) out.hashes.emplace_back(words[i].substr(7));
    if (words[i] == "--hash" && i + 1 < words.size()) out.hashes.emplace_back(words[i + 1]);
  }
}

bool looks_like_reference(std::string_view text) {
  if (text.find("://") != std::string_view::npos) return true;
  if (text.starts_with("file:")) return true;
  if (text.starts_with("git+") || text.starts_with('.') || text.starts_with('/') ||
      text.starts_with('~'))
    return true;
  const auto word = text.substr(0, text.find_first_of(" \t["));
  if (word.find_first_of("=<>!@;") != std::string_view::npos) return false;
  return word.find('/') != std::string_view::npos || word.ends_with(".whl") ||
         word.ends_with(".tar.gz") || word.ends_with(".zip");
}

/// The name that "#egg=name[extra]" gives, or a wheel's file name begins with.
std::string name_of_reference(std::string_view url) {
  const std::size_t egg = url.find("egg=");
  if (egg != std::string_view::npos && url.find('#') < egg) {
    Cursor in{url.substr(egg + 4)};
    return std::string(take_name(in));
  }
  std::string_view file = url.substr(0, url.find_first_of("#?"));
  const bool wheel = file.ends_with(".whl");
  if (const auto slash = file.rfind('/'); slash != std::string_view::npos)
    file.remove_prefix(slash + 1);
  const auto dash = file.find('-');
  return wheel && dash != std::string_view::npos ? std::string(file.substr(0, dash))
                                                 : std::string();
}

/// Cuts "; marker" off: for a URL the ';' must follow white space.
std::string_view cut_marker(std::string_view text, bool url, Requirement& out) {
  for (std::size_t at = text.find(';'); at != std::string_view::npos; at = text.find(';', at + 1)) {
    if (url && (at == 0 || !is_blank(text[at - 1]))) continue;
    out.marker = trim(text.substr(at + 1));
    return trim(text.substr(0, at));
  }
  return trim(text);
}

void set_name(std::string name, Requirement& out) {
  out.normalized = normalize_package_name(name);
  out.name = std::move(name);
}

/// Empty when the text is a requirement, else what is wrong with it.
std::string parse_requirement(const LogicalLine& line, std::size_t begin, Requirement& out) {
  const std::string_view whole = line.text;
  const std::size_t options = begin + options_start(whole.substr(begin));
  take_hashes(whole.substr(options), out);
  const std::string_view text = whole.substr(0, options);
  out.specifiers_begin = out.specifiers_end = line.offset_after(options);
  if (out.editable || looks_like_reference(text.substr(begin))) {
    Cursor named{text, begin};
    const auto name = take_name(named);
    named.blanks();
    if (take_extras(named, out)) named.blanks();
    if (!name.empty() && named.peek() == '@') {
      ++named.at;
      set_name(std::string(name), out);
      out.url = cut_marker(named.rest(), true, out);
    } else {
      out.extras.clear();
      out.url = cut_marker(text.substr(begin), true, out);
      set_name(name_of_reference(out.url), out);
    }
    return out.url.empty() ? "nothing stands after the @" : "";
  }
  Cursor in{text, begin};
  const auto name = take_name(in);
  if (name.empty()) return "no package name";
  set_name(std::string(name), out);
  const std::size_t after_name = in.at;
  in.blanks();
  if (in.peek() != '[') in.at = after_name;
  if (!take_extras(in, out)) return "the extras are not closed";
  if (!take_specifiers(in, line, out)) return "a version clause is incomplete";
  in.blanks();
  if (in.take('@')) {
    out.url = cut_marker(in.rest(), true, out);
    return out.url.empty() ? "nothing stands after the @" : "";
  }
  if (in.take(';')) {
    out.marker = trim(in.rest());
    return out.marker.empty() ? "nothing stands after the ;" : "";
  }
  return in.done() ? "" : "unexpected text after the requirement";
}

/// The value of an option that begins the line: "-r x", "-rx", "--requirement x",
/// "--requirement=x".
std::optional<std::size_t> option_value(std::string_view text, std::size_t begin,
                                        std::string_view brief, std::string_view full) {
  const std::string_view rest = text.substr(begin);
  std::size_t at = 0;
  if (rest.starts_with(full) &&
      (rest.size() == full.size() || rest[full.size()] == '=' || is_blank(rest[full.size()]))) {
    at = full.size();
    if (at < rest.size() && rest[at] == '=') ++at;
  } else if (rest.starts_with(brief) && !rest.starts_with("--")) {
    at = brief.size();
    if (at < rest.size() && rest[at] == '=') ++at;
  } else {
    return {};
  }
  while (at < rest.size() && is_blank(rest[at])) ++at;
  return begin + at;
}

std::string unquoted(std::string_view text) {
  text = trim(text);
  if (text.size() >= 2 && (text[0] == '"' || text[0] == '\'') && text.back() == text[0])
    text = text.substr(1, text.size() - 2);
  return std::string(text);
}

Entry parse_line(const LogicalLine& line) {
  Entry entry{.line = line.line, .end_line = line.end_line, .text = std::string(trim(line.text))};
  std::size_t begin = 0;
  while (begin < line.text.size() && is_blank(line.text[begin])) ++begin;
  const std::string_view text = line.text;
  if (text[begin] == '-') {
    const auto editable = option_value(text, begin, "-e", "--editable");
    if (const auto at = option_value(text, begin, "-r", "--requirement")) {
      entry.kind = EntryKind::kInclude;
      entry.value = unquoted(text.substr(*at));
    } else if (const auto constraint = option_value(text, begin, "-c", "--constraint")) {
      entry.kind = EntryKind::kConstraint;
      entry.value = unquoted(text.substr(*constraint));
    } else if (!editable) {
      entry.kind = EntryKind::kOption;
      return entry;
    } else {
      entry.requirement.editable = true;
      begin = *editable;
    }
    if (!editable || begin >= text.size()) {
      if (entry.value.empty()) {
        entry.kind = EntryKind::kInvalid;
        entry.problem = "nothing stands after the option";
      }
      return entry;
    }
  }
  entry.problem = parse_requirement(line, begin, entry.requirement);
  entry.kind = entry.problem.empty() ? EntryKind::kRequirement : EntryKind::kInvalid;
  return entry;
}

}  // namespace

std::string normalize_package_name(std::string_view name) {
  std::string out;
  for (const char c : lower_ascii(name)) {
    const bool separator = c == '-' || c == '_' || c == '.';
    if (separator && !out.empty() && out.back() == '-') continue;
    out += separator ? '-' : c;
  }
  return out;
}

RequirementsFile parse_requirements(std::string_view bytes) {
  RequirementsFile out;
  auto decoded = decode_text(bytes);
  out.text = std::move(decoded.text);
  out.utf8 = decoded.utf8;
  for (const auto& line : logical_lines(out.text)) out.entries.push_back(parse_line(line));
  return out;
}

bool is_fixed_reference(std::string_view url) {
  const std::size_t hash = url.find('#');
  if (hash != std::string_view::npos) {
    for (const std::string_view kind : {"sha256=", "sha384=", "sha512=", "sha1=", "md5="}) {
      const std::size_t at = url.find(kind, hash);
      if (at == std::string_view::npos) continue;
      const std::string_view digits = url.substr(at + kind.size());
      const auto count = static_cast<std::size_t>(
          std::find_if_not(digits.begin(), digits.end(), is_hex) - digits.begin());
      if (count >= 32) return true;
    }
    url = url.substr(0, hash);
  }
  // "git+https://user@host/path@commit": the last @ after the path began.
  const std::size_t scheme = url.find("://");
  const std::size_t host = scheme == std::string_view::npos ? 0 : scheme + 3;
  const std::size_t at = url.rfind('@');
  if (at == std::string_view::npos || at < host || url.find('/', host) > at) {
    // An archive of a commit: https://github.com/o/r/archive/<40 digits>.zip
    const std::size_t archive = url.find("/archive/");
    if (archive == std::string_view::npos) return false;
    const std::string_view digits = url.substr(archive + 9);
    return digits.size() >= 40 && std::all_of(digits.begin(), digits.begin() + 40, is_hex);
  }
  const std::string_view commit = url.substr(at + 1);
  return commit.size() >= 7 && commit.size() <= 40 && std::ranges::all_of(commit, is_hex);
}

bool is_local_reference(std::string_view url) {
  if (url.starts_with("file:")) return true;
  if (url.find("://") != std::string_view::npos) return false;
  return !url.starts_with("git+") && !url.starts_with("hg+") && !url.starts_with("svn+") &&
         !url.starts_with("bzr+");
}

}  // namespace solvent::syntax
