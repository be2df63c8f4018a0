/// Trees that CPython 3.14 made (oracle/python_trees.json, written by oracle/generate.py) against
/// ours, byte for byte; what CPython refuses has errors here.
#include <gtest/gtest.h>

#include "base/files.h"
#include "base/json.h"
#include "syntax/python_dump.h"

namespace solvent::syntax::python {
namespace {

/// Each character of the file is a byte.
std::string bytes_of(std::string_view characters) {
  std::string out;
  for (std::size_t i = 0; i < characters.size(); ++i) {
    const auto c = static_cast<std::uint8_t>(characters[i]);
    out += c < 0x80 ? characters[i]
                    : static_cast<char>(c << 6 | (static_cast<std::uint8_t>(characters[++i]) & 63));
  }
  return out;
}

Json cases() {
  return MUST(parse_json(MUST(read_file(posix_files(), SOLVENT_PYTHON_TREES))));
}

TEST(PythonTrees, AreThoseOfCPython) {
  const Json all = cases();
  std::size_t trees = 0, refused = 0;
  for (const Json& one : all.array()) {
    const std::string name = one.text_or("name", ""), wanted = bytes_of(one.text_or("tree", ""));
    const Tree tree = parse(bytes_of(one.text_or("source", "")));
    if (wanted.starts_with('!')) {
      ++refused;
      EXPECT_FALSE(tree.errors().empty()) << name << ": CPython says " << wanted;
      continue;
    }
    ++trees;
    ASSERT_FALSE(wanted.empty()) << name;
    EXPECT_TRUE(tree.errors().empty())
        << name << ": line " << tree.place(tree.errors()[0].begin).line << ", "
        << tree.errors()[0].message;
    EXPECT_EQ(dump(tree), wanted) << name;
  }
  EXPECT_GT(trees, 80u);
  EXPECT_GT(refused, 130u);
}

}  // namespace
}  // namespace solvent::syntax::python
