#include <gtest/gtest.h>

#include <algorithm>

#include "base/files.h"
#include "base/json.h"
#include "base/sim_disk.h"
#include "syntax/python_dump.h"

namespace solvent::syntax::python {
namespace {

std::vector<NodeId> children(const Tree& tree, NodeId parent) {
  std::vector<NodeId> out;
  for (NodeId id = tree[parent].first; id != 0; id = tree[id].next) out.push_back(id);
  return out;
}

std::vector<std::string> kinds(const Tree& tree, NodeId parent) {
  std::vector<std::string> out;
  for (const NodeId id : children(tree, parent)) out.emplace_back(kind_name(tree[id].kind));
  return out;
}

using Words = std::vector<std::string>;

TEST(Python, CountsColumnsInBytesAndLinesFromOne) {
  const Tree tree = parse("x = 1\n\xc3\xa9 = 'a' +\\\r\n  b\n");
  ASSERT_TRUE(tree.errors().empty());
  const auto body = children(tree, tree.root());
  ASSERT_EQ(body.size(), 2u);
  EXPECT_EQ(tree.place(tree[body[1]].begin), (Place{2, 0}));
  EXPECT_EQ(tree.place(tree[body[1]].end), (Place{3, 3}));
  const NodeId value = tree.child(body[1], Field::kValue);
  EXPECT_EQ(tree.place(tree[value].begin), (Place{2, 5}));  // two bytes, three characters
  EXPECT_EQ(tree.span(tree.child(value, Field::kRight)), "b");
  EXPECT_EQ(tree.lines(), 4u);
}

TEST(Python, NamesAreInNfkc) {
  const Tree tree = parse("a.\xef\xac\x81 = f(\xef\xac\x80=1)\n");  // U+FB01, U+FB00
  const NodeId assign = tree[tree.root()].first;
  const NodeId attribute = tree.child(assign, Field::kTargets);
  EXPECT_EQ(tree.name(attribute), "fi");
  EXPECT_EQ(tree.written_name(attribute), "\xef\xac\x81");
  const NodeId call = tree.child(assign, Field::kValue);
  EXPECT_EQ(tree.name(tree.child(call, Field::kKeywords)), "ff");
}

TEST(Python, DottedNamesAndLevels) {
  const Tree tree = parse("from .. . a . b import c as d\nimport e . f, g as h\n");
  ASSERT_TRUE(tree.errors().empty());
  const auto body = children(tree, tree.root());
  EXPECT_EQ(tree.import_level(body[0]), 3u);
  EXPECT_EQ(tree.name(tree.child(body[0], Field::kModule)), "a.b");
  const NodeId alias = tree.child(body[0], Field::kNames);
  EXPECT_EQ(tree.name(alias), "c");
  EXPECT_EQ(tree.name(tree.child(alias, Field::kAsName)), "d");
  const auto names = children(tree, body[1]);
  ASSERT_EQ(names.size(), 2u);
  EXPECT_EQ(tree.name(names[0]), "e.f");
  EXPECT_EQ(tree.name(names[1]), "g");
}

TEST(Python, KeepsComments) {
  const Tree tree = parse("# a\nx = '# no' # b\nif x:\n    # TODO c\n    f(  # noqa\n    )\n#d");
  ASSERT_TRUE(tree.errors().empty());
  std::vector<std::string> found;
  std::vector<std::uint32_t> lines;
  for (const Comment& comment : tree.comments()) {
    found.emplace_back(tree.text().substr(comment.begin, comment.end - comment.begin));
    lines.push_back(tree.place(comment.begin).line);
  }
  EXPECT_EQ(found, (Words{"# a", "# b", "# TODO c", "# noqa", "#d"}));
  EXPECT_EQ(lines, (std::vector<std::uint32_t>{1, 2, 4, 5, 7}));
}

TEST(Python, KeepsTheStatementsThatStand) {
  const Tree tree =
      parse("a = 1\nb = = 2\nc = 3\nfor x y:\n    d = 4\n    e e\n    f = 5\ng = 6\n");
  EXPECT_EQ(kinds(tree, tree.root()), (Words{"Assign", "Invalid", "Assign", "Invalid", "Assign"}));
  const auto body = children(tree, tree.root());
  EXPECT_EQ(tree.span(body[1]), "b = = 2");
  EXPECT_EQ(kinds(tree, body[3]), (Words{"Assign", "Invalid", "Assign"}));
  ASSERT_EQ(tree.errors().size(), 3u);
  EXPECT_EQ(tree.place(tree.errors()[0].begin), (Place{2, 4}));
  EXPECT_EQ(tree.place(tree.errors()[1].begin), (Place{4, 6}));
  EXPECT_EQ(tree.place(tree.errors()[2].begin), (Place{6, 6}));
}

TEST(Python, AStatementOfALineStandsBesideABrokenOne) {
  const Tree tree = parse("a = 1; b b; c = 2\nd\n");
  EXPECT_EQ(kinds(tree, tree.root()), (Words{"Assign", "Invalid", "Assign", "Expr"}));
  EXPECT_EQ(tree.errors().size(), 1u);
}

TEST(Python, AClauseThatIsBrokenLeavesTheOthers) {
  const Tree tree = parse(
      "if a:\n    b\nelif c c:\n    d\ntry:\n    e\nexcept f f:\n    g\nmatch h:\n    case 1:\n"
      "        i\n    case 2 2:\n        j\nk\n");
  EXPECT_EQ(kinds(tree, tree.root()), (Words{"If", "Invalid", "Try", "Invalid", "Match", "Expr"}));
  const auto body = children(tree, tree.root());
  EXPECT_EQ(kinds(tree, body[1]), Words{"Expr"});
  EXPECT_EQ(kinds(tree, body[4]), (Words{"Name", "match_case", "Invalid"}));
  EXPECT_EQ(parse("match a:\n    case\n").errors().size(), 1u);
}

TEST(Python, AnOpenBracketEndsBeforeTheNextStatement) {
  const Tree tree = parse("x = f(a,\n\ndef g(b:\n    return c\nclass D:\n    e = 1\n");
  EXPECT_EQ(kinds(tree, tree.root()), (Words{"Invalid", "Invalid", "ClassDef"}));
  EXPECT_FALSE(tree.errors().empty());
}

TEST(Python, IndentationThatMatchesNothingIsReadOn) {
  const Tree tree = parse("if a:\n        b\n    c\nd\n  e\nf\n");
  EXPECT_GE(tree.errors().size(), 2u);
  const auto found = kinds(tree, tree.root());
  EXPECT_EQ(found.front(), "If");
  EXPECT_EQ(found.back(), "Expr");
}

TEST(Python, StringsThatDoNotEnd) {
  const Tree line = parse("x = 'a\ny = 1\n");
  EXPECT_EQ(kinds(line, line.root()), (Words{"Invalid", "Assign"}));
  ASSERT_EQ(line.errors().size(), 1u);
  EXPECT_EQ(line.place(line.errors()[0].begin), (Place{1, 4}));
  const Tree rest = parse("x = 1\ny = '''a\nz = 2\n");
  EXPECT_EQ(kinds(rest, rest.root()), (Words{"Assign", "Invalid"}));
  const Tree formatted = parse("x = f'{a\ny = 1\n");
  EXPECT_FALSE(formatted.errors().empty());
  for (const std::string_view text :
       {"'", "'''", "f'", "f'''", "f'{", "f'{a:", "f'{a!", "'\\", "b'\\", "f'\\", "f'{'", "rb'",
        "\"", "t'{x=", "f'\\N{", "'\\N{"}) {
    EXPECT_FALSE(parse(text).errors().empty()) << text;
  }
}

TEST(Python, ReadsPython2StatementByStatement) {
  const Tree tree = parse("print 'a', `b`\nx = 1\nexec c in d\nraise E, 'v'\ny = 0777L\n");
  EXPECT_EQ(kinds(tree, tree.root()), (Words{"Print", "Assign", "Exec", "Raise", "Assign"}));
  EXPECT_EQ(tree.errors().size(), 4u);
  const auto body = children(tree, tree.root());
  EXPECT_EQ(kinds(tree, body[0]), (Words{"Constant", "Repr"}));
  EXPECT_EQ(tree.integer_digits(tree.child(body[4], Field::kValue)), "1ff");
}

TEST(Python, BoundariesOfPython2AreThoseOfLib2to3) {
  const Json all = MUST(parse_json(MUST(read_file(posix_files(), SOLVENT_PYTHON2_STATEMENTS))));
  std::size_t count = 0;
  for (const Json& one : all.array()) {
    const std::string source = one.text_or("source", "");
    const Tree tree = parse(source);
    std::vector<std::vector<std::int64_t>> ours, theirs;
    for (NodeId id = 1; id < tree.size(); ++id) {
      const Node& node = tree[id];
      EXPECT_NE(node.kind, Kind::kInvalid) << source;
      const bool is_elif = node.kind == Kind::kIf && tree.span(id).starts_with("elif");
      if (node.kind < Kind::kFunctionDef || node.kind > Kind::kInvalid || is_elif) continue;
      const Place begin = tree.place(node.begin), end = tree.place(node.end);
      ours.push_back({begin.line, begin.column, end.line, end.column});
    }
    std::sort(ours.begin(), ours.end());
    for (const Json& place : one.find("statements")->array()) {
      theirs.emplace_back();
      for (const Json& number : place.array()) theirs.back().push_back(number.integer());
    }
    EXPECT_EQ(ours, theirs) << source;
    count += theirs.size();
  }
  EXPECT_GT(count, 80u);
}

TEST(Python, NestingHasALimit) {
  for (const std::string_view open : {"(", "[", "{", "f(", "a[", "-", "not ", "lambda: ",
                                      "a if b else ", "f'{", "a ** ", "[a for a in ", "{a: "}) {
    std::string deep = "x\n";
    for (int i = 0; i < 100000; ++i) deep += open;
    const Tree tree = parse(deep + "\ny\n");
    EXPECT_FALSE(tree.errors().empty()) << open;
    EXPECT_EQ(tree[tree[tree.root()].first].kind, Kind::kExpr) << open;
  }
  std::string steps, cases = "match a:\n case ";
  for (int i = 0; i < 5000; ++i) steps += std::string(static_cast<std::size_t>(i), ' ') + "if x:\n";
  EXPECT_FALSE(parse(steps).errors().empty());
  cases.append(100000, '[');
  EXPECT_FALSE(parse(cases + ": pass\n").errors().empty());
}

TEST(Python, LongIsNotDeep) {
  std::string sum = "x = a", branches = "if a: b\n", calls = "x = a";
  for (int i = 0; i < 100000; ++i) {
    sum += " + a";
    calls += ".b(c)[0]";
    branches += "elif c: d\n";
  }
  const Tree tree = parse(sum + "\n" + calls + "\n" + branches);
  EXPECT_TRUE(tree.errors().empty());
  EXPECT_EQ(kinds(tree, tree.root()), (Words{"Assign", "Assign", "If"}));
}

TEST(Python, AMillionLines) {
  constexpr std::uint32_t kLines = 1'000'000 / kCrashStride;  // a sanitizer's build looks at fewer
  std::string source;
  for (std::uint32_t i = 0; i < kLines; ++i) source += "x = f(a, b=1)\n";
  const Tree tree = parse(source);
  EXPECT_TRUE(tree.errors().empty());
  EXPECT_EQ(children(tree, tree.root()).size(), kLines);
  EXPECT_EQ(tree.place(static_cast<std::uint32_t>(source.size() - 1)), (Place{kLines, 13}));
}

TEST(Python, BytesThatAreNoText) {
  const Tree zero = parse(std::string_view("a = 1\nb = \0 2\nc = 'x\0y'\nd = 3\n", 30));
  EXPECT_EQ(kinds(zero, zero.root()), (Words{"Assign", "Invalid", "Assign", "Assign"}));
  EXPECT_FALSE(zero.errors().empty());
  const Tree latin = parse("a = '\xe9'\n");  // no declaration: read as Latin-1, with an error
  ASSERT_EQ(latin.errors().size(), 1u);
  EXPECT_EQ(latin.string_value(latin.child(latin[latin.root()].first, Field::kValue)), "\xc3\xa9");
  const Tree wide =
      parse(std::string_view("\xff\xfe"
                             "a\0=\0"
                             "1\0\n\0",
                             10));
  EXPECT_EQ(kinds(wide, wide.root()), Words{"Assign"});
  EXPECT_FALSE(wide.errors().empty());
}

TEST(Python, ValuesOfConstants) {
  const auto value = [](const Tree& tree) {
    return tree.child(tree[tree.root()].first, Field::kValue);
  };
  const Tree text = parse("'a\\x41\\u00e9\\\n' r'\\n' \"\"\"\r\n\"\"\"\n");
  EXPECT_EQ(text.string_value(value(text)), "aA\xc3\xa9\\n\n");
  const Tree surrogate = parse("'\\ud800'\n");
  EXPECT_EQ(surrogate.string_value(value(surrogate)), "\xed\xa0\x80");
  const Tree bytes = parse("b'\\xff\\u00e9'\n");
  EXPECT_EQ(bytes.string_value(value(bytes)), "\xff\\u00e9");
  const Tree large = parse("1_0" + std::string(30, '0') + "\n");  // 10^31
  EXPECT_EQ(large.integer_digits(value(large)), "7e37be2022c0914b2680000000");
  const Tree octal = parse("0o7_7\n");
  EXPECT_EQ(octal.integer_digits(value(octal)), "3f");
  const Tree number = parse("1_0.5e-1\n");
  EXPECT_EQ(number.float_value(value(number)), 1.05);
}

TEST(Python, LimitsAreKept) {
  EXPECT_EQ(parse("x = 1\n", {.bytes_max = 5}).errors().size(), 1u);
  EXPECT_TRUE(parse("x = 1\n", {.bytes_max = 6}).errors().empty());
  std::string wrong;
  for (int i = 0; i < 50; ++i) wrong += "a b\n";
  EXPECT_EQ(parse(wrong, {.errors_max = 10}).errors().size(), 10u);
  EXPECT_FALSE(parse("-----a\n", {.depth_max = 5}).errors().empty());
  EXPECT_TRUE(parse("-----a\n", {.depth_max = 6}).errors().empty());
}

TEST(Python, ATreeIsUsedAgain) {
  Tree tree;
  parse("a b\n# c\n", tree);
  parse("x = 1\n", tree);
  EXPECT_TRUE(tree.errors().empty());
  EXPECT_TRUE(tree.comments().empty());
  EXPECT_EQ(dump(tree), dump(parse("x = 1\n")));
  parse("", tree);
  EXPECT_EQ(dump(tree), "\nModule([] [])");
}

}  // namespace
}  // namespace solvent::syntax::python
