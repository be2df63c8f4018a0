#include <gtest/gtest.h>

#include <set>

#include "base/text.h"
#include "check/memory_tree.h"
#include "check/registry.h"
#include "remedies/code/rules/rule.h"
#include "remedies/code/service.h"
#include "remedies/code/source_checks.h"

namespace solvent::remedies::code {
namespace {

using check::MemoryTree;
using Items = std::multiset<std::string>;

check::Answer run(const check::Check& check, const MemoryTree& tree) {
  return MUST(check.run(static_cast<const check::SourceTree*>(&tree), JsonObject{}, 0));
}

/// "subject item" of every finding.
Items items(const check::Check& check, const MemoryTree& tree) {
  Items out;
  for (const auto& finding : run(check, tree).findings) {
    EXPECT_EQ(finding.check, check.spec.id);
    EXPECT_TRUE(finding.fingerprint.starts_with("v1:"));
    EXPECT_FALSE(finding.message.empty());
    out.insert(finding.subject + " " + finding.item);
  }
  return out;
}

TEST(CodeChecks, AreWhole) {
  EXPECT_EQ(MUST(check::Registry::create(checks())).all().size(), 6 + known_rules().rules().size());
  for (const auto& check : checks()) {
    for (const auto& prior : {check.spec.principal, check.spec.interest_month})
      EXPECT_GE(prior.p90_s, 4 * prior.p10_s) << check.spec.id;
  }
}

TEST(UnpinnedDependencies, FindsEachRequirementThatNothingHolds) {
  MemoryTree tree;
  tree.add("requirements.txt",
           "numpy\npandas>=1.0\nscipy==1.2\nFlask_Login==1.*\nsix===1.16\n# torch\n"
           "requests==2.0 --hash=sha256:aa\n-e .\n./local\n"
           "git+https://github.com/o/r@main#egg=branch\n"
           "git+https://github.com/o/r@0123456789abcdef0123456789abcdef01234567#egg=commit\n"
           "numpy; python_version<'3'\n");
  tree.add("requirements/dev.txt", "pytest~=7.0\n");
  tree.add("app/requirements-gpu.txt", "torch\n");
  tree.add("notes.txt", "numpy\n").add("constraints.txt", "numpy\n");
  tree.add("requirements/constraints-dev.txt", "x\n");
  tree.add("lib/site-packages/x/requirements.txt", "x\n");
  EXPECT_EQ(items(unpinned_dependencies(), tree),
            (Items{"requirements.txt numpy", "requirements.txt pandas",
                   "requirements.txt flask-login", "requirements.txt branch",
                   "requirements/dev.txt pytest", "app/requirements-gpu.txt torch"}));
}

TEST(UnpinnedDependencies, SeesConstraintsIncludesAndLocks) {
  MemoryTree tree;
  tree.add("requirements.txt", "-c pins/constraints.txt\n-r requirements-base.txt\nnumpy\nflask\n");
  tree.add("pins/constraints.txt", "numpy==1.2\n-c more.txt\n").add("pins/more.txt", "flask==2\n");
  tree.add("requirements-base.txt", "-r requirements.txt\ndjango\n");
  tree.add("a/requirements.txt", "Some.Pkg\nother\n");
  tree.add("a/poetry.lock", "[[package]]\nname = \"some-pkg\"\nversion = \"1\"\n");
  tree.add("b/requirements/x.txt", "attrs\n");
  tree.add("b/Pipfile.lock", "{\"default\": {\n    \"attrs\": {\n \"version\": \"==1\"}}}");
  tree.add("c/requirements.txt",
           "-c ../../../etc/passwd\n-c nowhere.txt\nnumpy==1; python_version<'3'\n"
           "numpy>=2; python_version>='3'\n");
  // requirements-base.txt includes requirements.txt, whose constraints hold numpy and flask only
  EXPECT_EQ(items(unpinned_dependencies(), tree),
            (Items{"requirements-base.txt django", "a/requirements.txt other",
                   "c/requirements.txt numpy"}));
}

TEST(UnpinnedDependencies, LooksOnlyAtTrackedFilesAndSurvivesAnyBytes) {
  MemoryTree tree(true);
  tree.add("requirements.txt", "numpy\n", false).add("requirements-b.txt", std::string(100, '\0'));
  tree.add("requirements-c.txt", "\xff\xfe").add("requirements-d.txt", "a b c\nnumpy\n");
  EXPECT_EQ(items(unpinned_dependencies(), tree), (Items{"requirements-d.txt numpy"}));
  EXPECT_EQ(run(unpinned_dependencies(), tree).examinations.size(), 3u);
}

std::string book(std::string_view cells) {
  return "{\"cells\": [" + std::string(cells) +
         "], \"metadata\": {}, \"nbformat\": 4, \"nbformat_minor\": 5}";
}
std::string cell(std::string_view source, std::string_view count = "null",
                 std::string_view outputs = "[]") {
  return "{\"cell_type\": \"code\", \"execution_count\": " + std::string(count) +
         ", \"outputs\": " + std::string(outputs) + ", \"source\": " + to_text(Json(source)) + "}";
}
const std::string kMarkdown = R"({"cell_type": "markdown", "source": "x"})";

TEST(NotebookNeverRun, NeedsCodeAndNoTraceOfARun) {
  MemoryTree tree;
  tree.add("never.ipynb", book(kMarkdown + "," + cell("a") + "," + cell("b")));
  tree.add("counted.ipynb", book(cell("a") + "," + cell("b", "1")));
  tree.add("output.ipynb", book(cell("a", "null", "[{}]")));
  tree.add("empty.ipynb", book(cell(" \n") + "," + kMarkdown)).add("none.ipynb", book(""));
  tree.add("broken.ipynb", "{").add(".ipynb_checkpoints/never.ipynb", book(cell("a")));
  EXPECT_EQ(items(notebook_never_run(), tree), (Items{"never.ipynb "}));
  const auto answer = run(notebook_never_run(), tree);
  ASSERT_EQ(answer.examinations.size(), 6u);
  for (const auto& e : answer.examinations)
    EXPECT_EQ(e.outcome == check::Outcome::kFailed, e.subject == "broken.ipynb") << e.subject;
}

TEST(NotebookOutOfOrder, NeedsADescent) {
  MemoryTree tree;
  tree.add("order.ipynb", book(cell("a", "1") + "," + cell("b") + "," + cell("c", "7")));
  tree.add("down.ipynb", book(kMarkdown + "," + cell("a", "5") + "," + cell("b", "2")));
  tree.add("twice.ipynb", book(cell("a", "2") + "," + cell("b", "2")));
  tree.add("blank.ipynb", book(cell("a", "2") + "," + cell("", "1")));
  tree.add("zero.ipynb", book(cell("a", "0")));
  EXPECT_EQ(items(notebook_out_of_order(), tree), (Items{"down.ipynb ", "twice.ipynb "}));
  for (const auto& finding : run(notebook_out_of_order(), tree).findings)
    EXPECT_EQ(finding.location.cell, finding.subject == "down.ipynb" ? 3 : 2);
}

TEST(NotebookInstallsPackages, NumbersCellsAmongAll) {
  MemoryTree tree;
  tree.add("a.ipynb", book(kMarkdown + "," + cell("!pip install x\n!pip install y") + "," +
                           cell("# !pip install x") + "," + cell("%conda install z")));
  EXPECT_EQ(items(notebook_installs_packages(), tree), (Items{"a.ipynb 2", "a.ipynb 4"}));
}

TEST(DataInGit, FindsDataThatNothingVersions) {
  const std::string large(100'000, 'x');
  MemoryTree tree;
  tree.add("data/train.csv", "a,b\n").add("data/x.csv.gz", "zz").add("model.PT", "zz");
  tree.add("tests/small.csv", "a\n").add("pkg/test/large.csv", large).add("empty.csv", "");
  tree.add("lfs.parquet", "version https://git-lfs.github.com/spec/v1\noid sha256:aa\nsize 1\n");
  tree.add("d/one.pkl", "zz").add("d/one.pkl.dvc", "outs:\n- path: one.pkl\n");
  tree.add("raw/a/b.csv", "z").add("raw.dvc", "outs:\n- path: raw\n");
  tree.add("p/dvc.lock",
           "stages:\n  s:\n    deps:\n    - path: in.csv\n    outs:\n    - path: out.csv\n");
  tree.add("p/in.csv", "z").add("p/out.csv", "z");
  tree.add("src/csv.py", "z").add("small.json", "{}").add(".csv", "z").add("latest/c.csv", "z");
  EXPECT_EQ(items(data_in_git(), tree),
            (Items{"data/train.csv ", "data/x.csv.gz ", "model.PT ", "pkg/test/large.csv ",
                   "p/in.csv ", "latest/c.csv "}));
  MemoryTree git(true);
  git.add("a.csv", "z", false).add("b.csv", "z").add("c.pkl", "z");
  EXPECT_EQ(items(data_in_git(), git), (Items{"b.csv ", "c.pkl "}));
  // What git does not track is looked at and owes nothing; only a table can be put by command.
  const auto answer = run(data_in_git(), git);
  EXPECT_EQ(answer.examinations.size(), 3u);
  for (const auto& e : answer.examinations) EXPECT_EQ(e.outcome, check::Outcome::kExamined);
  for (const auto& f : answer.findings) EXPECT_EQ(f.by_hand, f.subject == "c.pkl") << f.subject;
  for (const auto& f : run(data_in_git(), tree).findings) EXPECT_TRUE(f.by_hand) << f.subject;
}

TEST(Fixes, AreNotOfferedWhereTheyWouldNotPay) {
  MemoryTree tree;
  tree.add("requirements.txt", "a\n").add("requirements-git.txt", "a @ git+https://x.org/a\n");
  for (const auto& f : run(unpinned_dependencies(), tree).findings)
    EXPECT_EQ(f.by_hand, f.subject == "requirements-git.txt") << f.subject;
  MemoryTree books;
  books.add("a.ipynb", book(cell("a"))).add("b[1].ipynb", book(cell("a")));
  for (const auto& f : run(notebook_never_run(), books).findings)
    EXPECT_EQ(f.by_hand, f.subject == "b[1].ipynb") << f.subject;
}

TEST(SourceChecks, ResolvesPathsWithinTheTree) {
  EXPECT_EQ(resolve_path("a/b", "../c.txt"), "a/c.txt");
  EXPECT_EQ(resolve_path("", "./c.txt"), "c.txt");
  EXPECT_EQ(resolve_path("a", "../../c.txt"), "");
  EXPECT_EQ(resolve_path("a", "/etc/passwd"), "");
  EXPECT_TRUE(lies_below("a/tests/b", "tests"));
  EXPECT_FALSE(lies_below("a/latests/b", "tests"));
  EXPECT_FALSE(lies_below("a/tests", "tests"));
}

}  // namespace
}  // namespace solvent::remedies::code
