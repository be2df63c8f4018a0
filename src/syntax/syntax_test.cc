#include <gtest/gtest.h>

#include "syntax/cell_commands.h"
#include "syntax/notebook.h"
#include "syntax/requirements.h"
#include "syntax/text_encoding.h"

namespace solvent::syntax {
namespace {

std::string v4(std::string_view cells) {
  return "{\n \"cells\": [\n" + std::string(cells) +
         "\n ],\n \"metadata\": {\"kernelspec\": {\"language\": \"Python\"}},\n \"nbformat\": 4,\n"
         " \"nbformat_minor\": 5\n}\n";
}

TEST(Notebook, ReadsFormatFour) {
  const auto book = MUST(read_notebook(v4(
      "  {\"cell_type\": \"markdown\", \"metadata\": {\"cells\": [1, 2]}, \"source\": [\"# A\\n\", "
      "\"b\"]},\n"
      "  {\"cell_type\": \"code\", \"execution_count\": 3, \"metadata\": {},\n"
      "   \"outputs\": [{\"output_type\": \"stream\", \"text\": \"x\"}], \"source\": "
      "\"print(1)\"},\n"
      "  {\"cell_type\": \"code\", \"execution_count\": null, \"outputs\": [], \"source\": []}")));
  EXPECT_EQ(book.format, 4);
  EXPECT_EQ(book.language, "python");
  ASSERT_EQ(book.cells.size(), 3u);
  EXPECT_EQ(book.cells[0].kind, CellKind::kMarkdown);
  EXPECT_EQ(book.cells[0].source, "# A\nb");
  EXPECT_EQ(book.cells[0].line, 3);
  EXPECT_EQ(book.cells[1].execution_count, 3);
  EXPECT_EQ(book.cells[1].outputs, 1);
  EXPECT_EQ(book.cells[1].line, 4);
  EXPECT_FALSE(book.cells[2].execution_count);
  EXPECT_EQ(book.cells[2].source, "");
  EXPECT_EQ(book.cells[2].line, 6);
}

TEST(Notebook, ReadsWorksheetsOfFormatThree) {
  const auto book = MUST(read_notebook(
      R"({"nbformat": 3, "worksheets": [
{"cells": [{"cell_type": "code", "input": ["a = 1"], "prompt_number": 7, "outputs": []}]},
{"cells": [{"cell_type": "heading", "level": 1, "source": "T"}]}]})"));
  ASSERT_EQ(book.cells.size(), 2u);
  EXPECT_EQ(book.cells[0].source, "a = 1");
  EXPECT_EQ(book.cells[0].execution_count, 7);
  EXPECT_EQ(book.cells[0].line, 2);
  EXPECT_EQ(book.cells[1].kind, CellKind::kOther);
  EXPECT_EQ(book.cells[1].line, 3);
}

TEST(Notebook, RefusesWhatIsNone) {
  const std::string deep = v4(std::string(5000, '[') + std::string(5000, ']'));
  for (const std::string& text :
       {std::string(), std::string("null"), std::string("[]"), std::string("{}"),
        std::string("{\"nbformat\": 4}"), std::string("{\"nbformat\": 4, \"cells\": {}}"),
        std::string("{\"nbformat\": 1, \"cells\": []}"),
        std::string("{\"nbformat\": \"4\", \"cells\": []}"), v4("3"), v4("{}"),
        v4("{\"cell_type\": \"code\", \"outputs\": []}"),
        v4("{\"cell_type\": \"code\", \"source\": 1}"),
        v4("{\"cell_type\": \"code\", \"source\": [1]}"),
        v4("{\"cell_type\": \"code\", \"source\": \"\", \"outputs\": 1}"),
        v4("{\"cell_type\": \"code\", \"source\": \"\", \"execution_count\": \"3\"}"), deep,
        v4("{\"cell_type\": \"code\"").substr(0, 40)}) {
    EXPECT_FALSE(read_notebook(text)) << text.substr(0, 80);
  }
  EXPECT_TRUE(read_notebook("\xef\xbb\xbf" + v4("")));
}

// Orders and matches below are the examples of PEP 440 itself.
TEST(Version, OrdersAsPep440Says) {
  const char* ascending[] = {
      "1.0.dev456",    "1.0a1",         "1.0a2.dev456", "1.0a12.dev456",
      "1.0a12",        "1.0b1.dev456",  "1.0b2",        "1.0b2.post345.dev456",
      "1.0b2.post345", "1.0rc1.dev456", "1.0rc1",       "1.0",
      "1.0+abc.5",     "1.0+abc.7",     "1.0+5",        "1.0.post456.dev34",
      "1.0.post456",   "1.1.dev1",      "1!0.1"};
  for (std::size_t i = 0; i + 1 < std::size(ascending); ++i) {
    const auto a = parse_version(ascending[i]), b = parse_version(ascending[i + 1]);
    ASSERT_TRUE(a && b) << ascending[i];
    EXPECT_TRUE(compare(*a, *b) < 0) << ascending[i] << " " << ascending[i + 1];
    EXPECT_TRUE(compare(*b, *a) > 0);
  }
  for (const auto& [a, b] : {std::pair{"1.0", "1.0.0"},
                             {"v1.0-RC.1", "1.0rc1"},
                             {"1.0-1", "1.0.post1"},
                             {"1.0-r4", "1.0.post4"},
                             {"1.0alpha", "1a0"}})
    EXPECT_TRUE(compare(*parse_version(a), *parse_version(b)) == 0) << a;
  for (const char* bad : {"", "abc", "1.", "1.0+", "1.0x", "1..0", "99999999999999999999", "1.0 0"})
    EXPECT_FALSE(parse_version(bad)) << bad;
}

TEST(Version, MatchesAsPep440Says) {
  const std::tuple<const char*, const char*, const char*, bool> cases[] = {
      {"2.2.1", "~=", "2.2", true},
      {"3.0", "~=", "2.2", false},
      {"1.4.5a5", "~=", "1.4.5a4", true},
      {"2.2.post3", "~=", "2.2", true},
      {"1.1", "==", "1.1.0", true},
      {"1.1.post1", "==", "1.1", false},
      {"1.1.post1", "==", "1.1.*", true},
      {"1.1a1", "==", "1.1.*", true},
      {"1.2", "==", "1.1.*", false},
      {"1.1+local", "==", "1.1", true},
      {"1.1.post1", "!=", "1.1", true},
      {"1.1.post1", "!=", "1.1.*", false},
      {"1.7.1", ">", "1.7", true},
      {"1.7.0.post1", ">", "1.7", false},
      {"1.7.0.post2", ">", "1.7.post1", true},
      {"3.0rc1", "<", "3.0", false},
      {"2.9", "<", "3.0", true},
      {"3.0", "<=", "3.0", true},
      {"2.0", ">=", "10.0", false},
      {"foobar", "===", "FooBar", true}};
  for (const auto& [version, op, bound, expected] : cases)
    EXPECT_EQ(satisfies(version, {op, bound}), expected) << version << op << bound;
  EXPECT_FALSE(satisfies("1.0", {">=", "x"}));
  EXPECT_FALSE(satisfies("1.0", {"~=", "1"}));
  EXPECT_TRUE(is_exact({"==", "1.0"}));
  EXPECT_FALSE(is_exact({"==", "1.*"}));
  EXPECT_FALSE(is_exact({">=", "1.0"}));
}

TEST(Requirements, ReadsTheFormat) {
  const std::string text =
      "\xef\xbb\xbf# heading\r\n"
      "-i https://pypi.org/simple\r\n"
      "--requirement=base.txt\r\n"
      "-c constraints.txt  # hold\r\n"
      "NumPy >= 1.20, <2  # why\r\n"
      "requests [security,tests] >= 2.8.1, == 2.8.* ; python_version < \"2.7\"\r\n"
      "Foo.Bar__baz\r\n"
      "pip @ https://example.org/pip.zip#sha1=da9234ee9982d4bbb3c72346a6de940a148ea686\r\n"
      "-e git+https://github.com/o/r.git@main#egg=My_Pkg\r\n"
      "./local\r\n"
      "six==1.16.0 \\\r\n"
      "    --hash=sha256:aa \\\r\n"
      "    --hash sha256:bb\r\n"
      "what is this\r\n"
      "attrs (>=19)\r\n"
      "zope.interface===5.0+x\r\n";
  const auto file = parse_requirements(text);
  const auto& e = file.entries;
  ASSERT_EQ(e.size(), 13u);
  EXPECT_EQ(e[0].kind, EntryKind::kOption);
  EXPECT_EQ(e[1].kind, EntryKind::kInclude);
  EXPECT_EQ(e[1].value, "base.txt");
  EXPECT_EQ(e[2].kind, EntryKind::kConstraint);
  EXPECT_EQ(e[2].value, "constraints.txt");
  EXPECT_EQ(e[3].requirement.normalized, "numpy");
  EXPECT_EQ(e[3].line, 5);
  const std::vector<Specifier> bounds = {{">=", "1.20"}, {"<", "2"}};
  EXPECT_EQ(e[3].requirement.specifiers, bounds);
  const auto& r = e[3].requirement;
  EXPECT_EQ(file.text.substr(r.specifiers_begin, r.specifiers_end - r.specifiers_begin),
            ">= 1.20, <2");
  EXPECT_EQ(e[4].requirement.extras, (std::vector<std::string>{"security", "tests"}));
  EXPECT_EQ(e[4].requirement.marker, "python_version < \"2.7\"");
  EXPECT_EQ(e[5].requirement.normalized, "foo-bar-baz");
  EXPECT_EQ(file.text.substr(0, e[5].requirement.specifiers_begin).ends_with("Foo.Bar__baz"), true);
  EXPECT_EQ(e[6].requirement.normalized, "pip");
  EXPECT_TRUE(is_fixed_reference(e[6].requirement.url));
  EXPECT_EQ(e[7].requirement.normalized, "my-pkg");
  EXPECT_TRUE(e[7].requirement.editable);
  EXPECT_FALSE(is_fixed_reference(e[7].requirement.url));
  EXPECT_TRUE(is_local_reference(e[8].requirement.url));
  EXPECT_EQ(e[9].requirement.hashes, (std::vector<std::string>{"sha256:aa", "sha256:bb"}));
  EXPECT_EQ(e[9].line, 11);
  EXPECT_EQ(e[9].end_line, 13);
  EXPECT_EQ(e[10].kind, EntryKind::kInvalid);
  EXPECT_EQ(e[11].requirement.specifiers, (std::vector<Specifier>{{">=", "19"}}));
  EXPECT_EQ(e[12].requirement.specifiers, (std::vector<Specifier>{{"===", "5.0+x"}}));
}

TEST(Requirements, KnowsWhatAReferenceFixes) {
  EXPECT_TRUE(is_fixed_reference("git+https://u@h/o/r@0123456789abcdef0123456789abcdef01234567"));
  EXPECT_TRUE(is_fixed_reference("git+ssh://git@github.com/o/r.git@deadbee#egg=r"));
  EXPECT_FALSE(is_fixed_reference("git+ssh://git@github.com/o/r.git"));
  EXPECT_FALSE(is_fixed_reference("git+https://github.com/o/r@v1.0"));
  EXPECT_FALSE(is_fixed_reference("https://h/x.whl"));
  EXPECT_FALSE(is_fixed_reference("https://h/x.whl#sha256=12"));
  EXPECT_TRUE(is_fixed_reference(
      "https://github.com/o/r/archive/0123456789abcdef0123456789abcdef01234567.zip"));
}

TEST(Requirements, CommentEndsAContinuation) {
  const auto file = parse_requirements("a \\\n# note \\\nb\nc \\");
  ASSERT_EQ(file.entries.size(), 3u);
  EXPECT_EQ(file.entries[0].requirement.name, "a");
  EXPECT_EQ(file.entries[1].requirement.name, "b");
  EXPECT_EQ(file.entries[2].requirement.name, "c");
}

TEST(Requirements, SurvivesAnyBytes) {
  using namespace std::string_view_literals;
  for (const std::string_view bytes :
       {""sv,     "\0"sv,           "\xff"sv, "-"sv,    "-e"sv,    "-r"sv,   "\\"sv,
        "a["sv,   "a=="sv,          "a;"sv,   "@"sv,    "a@"sv,    "a(>1"sv, "==1"sv,
        "${X}"sv, "a ==1 --hash"sv, "#"sv,    "\n\n"sv, "a\\\n"sv, "a >1,"sv})
    (void)parse_requirements(bytes);
  const auto wide = parse_requirements(
      "\xff\xfe"
      "a\0=\0=\0"
      "1\0\n\0"sv);
  ASSERT_EQ(wide.entries.size(), 1u);
  EXPECT_FALSE(wide.utf8);
  EXPECT_EQ(wide.entries[0].requirement.specifiers, (std::vector<Specifier>{{"==", "1"}}));
  EXPECT_EQ(parse_requirements("caf\xe9 # x\nnumpy").entries.back().requirement.name, "numpy");
}

TEST(TextEncoding, DecodesMarksPairsAndLatin1) {
  using namespace std::string_view_literals;
  EXPECT_EQ(decode_text("\xfe\xff\xd8\x3d\xde\x00"sv).text, "\xf0\x9f\x98\x80");
  EXPECT_EQ(decode_text("\xff\xfe\0\0\xe9\0\0\0"sv).text, "\xc3\xa9");
  EXPECT_EQ(decode_text("\xff\xfe\x3d\xd8"sv).text, "\xef\xbf\xbd");
  EXPECT_EQ(decode_text("\xe9"sv).text, "\xc3\xa9");
  EXPECT_FALSE(decode_text("\xe9"sv).utf8);
  EXPECT_EQ(decode_text("\xef\xbb\xbf\xc3\xa9"sv).text, "\xc3\xa9");
}

TEST(CellCommands, APythonCellKeepsItsLines) {
  EXPECT_EQ(python_of_cell("%matplotlib inline\nx = 1  # one\n"),
            "pass              \nx = 1  # one\n");
  EXPECT_EQ(python_of_cell("if x:\n    !ls -l\n"), "if x:\n    pass  \n");
  EXPECT_EQ(python_of_cell("%time y = f('a')\n"), "y = f('a')      \n");
  EXPECT_EQ(python_of_cell("%%time\ny = 1\n"), "      \ny = 1\n");
  EXPECT_EQ(python_of_cell("%%bash\nls\n"), "      \n  \n");
  EXPECT_EQ(python_of_cell("files = !ls\n"), "pass       \n");
  EXPECT_EQ(python_of_cell("df.head?\n"), "pass    \n");
  EXPECT_EQ(python_of_cell("s = \"\"\"\n!no command\n\"\"\"\n"),
            "s = \"\"\"\n!no command\n\"\"\"\n");
  EXPECT_EQ(python_of_cell("f(\n!x\n)"), "f(\n!x\n)");
}

}  // namespace
}  // namespace solvent::syntax
