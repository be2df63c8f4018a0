#include "remedies/code/service.h"

#include <algorithm>

#include "base/digest.h"
#include "base/text.h"
#include "remedies/code/pins.h"
#include "remedies/code/rules/example.h"
#include "remedies/code/source_checks.h"

namespace solvent::remedies::code {
namespace {

constexpr std::uint64_t kFileBytesMax = 4u << 20;
constexpr std::size_t kContext = 3;

std::string numbered(std::size_t count, std::string_view one) {
  return std::to_string(count) + " " + std::string(one) + (count == 1 ? "" : "s");
}

}  // namespace

Result<FixResult> Service::fix(const op::Caller& caller, const FixRequest& request) {
  const auto debt = TRY(ledger_.debt(caller, {.id = request.debt}));
  if (debt.debt.state != "open" && debt.debt.state != "relapsed" && debt.debt.state != "accepted")
    return fail(Code::kFailedPrecondition, "nothing to pay: this debt is " + debt.debt.state,
                "solvent debt list shows what is open", request.debt);
  if (debt.debt.check == "code/unpinned-dependencies") return pin(request, debt);
  return FixResult{
      .debt = debt.debt.id, .effect = "advice", .summary = debt.advice, .next = debt.debt.fix};
}

Result<RuleTestResult> Service::test_rule(const RuleTestRequest& request) {
  const std::string text = TRY(read_file(files_, request.file.root, kFileBytesMax));
  // The family is the folder's name, where the file's own says none.
  const std::string_view folder = file_name(directory_of(request.file.given));
  const RuleSet::Source source{join_path(std::string(folder), file_name(request.file.given)), text};
  const RuleSet rules = TRY(RuleSet::read(known_libraries(), std::span(&source, 1)));
  const auto problems = example_problems(rules, 0);
  if (!problems.empty())
    return fail(Code::kFailedPrecondition, join(problems, "; "),
                "mend the patterns, or the examples", request.file.given);
  const Rule& rule = rules.rules()[0];
  RuleTestResult out{.check = rule.spec.id, .title = rule.spec.title};
  for (const RuleExample& example : rule.examples) ++(example.bad ? out.bad : out.good);
  return out;
}

Result<FixResult> Service::pin(const FixRequest& request, const ledger::DebtDetail& debt) {
  const std::string path = TRY(path_below(request.tree.root, debt.debt.subject));
  auto text = read_file(files_, path, kFileBytesMax);
  if (!text)
    return fail(Code::kFailedPrecondition, "the debt's file is not in this tree",
                "give the project that was audited: --tree DIR", debt.debt.subject);
  if (!request.environment)
    return fail(Code::kInvalidArgument, "no environment is named, and versions are never guessed",
                "run `pip freeze > environment.txt` where the project runs, then --environment "
                "environment.txt",
                "environment");
  const std::string freeze = TRY(read_file(files_, request.environment->root, kFileBytesMax));
  const auto outcome = TRY(pin_requirements(*text, TRY(versions_of_freeze(freeze))));
  FixResult result{.debt = debt.debt.id,
                   .effect = "equivalent",
                   .summary = numbered(outcome.pinned.size(), "requirement") + " pinned to what " +
                              request.environment->given + " has",
                   .diff = unified_diff(debt.debt.subject, *text, outcome.text),
                   .next = "solvent audit " + request.tree.given};
  for (const auto& left : outcome.left) result.skipped.push_back({left.name, left.reason});
  if (outcome.text != *text)
    result.writes.push_back(
        {.path = debt.debt.subject, .before = digest_of(*text).hex(), .text = outcome.text});
  return result;
}

std::string unified_diff(std::string_view path, std::string_view before, std::string_view after) {
  const auto old_lines = split_lines(before), new_lines = split_lines(after);
  if (old_lines == new_lines) return {};
  // A fix rewrites lines where they stand, so equal counts are compared line by line; otherwise
  // everything between the common head and tail is one hunk.
  std::size_t head = 0;
  while (head < old_lines.size() && head < new_lines.size() && old_lines[head] == new_lines[head])
    ++head;
  std::size_t tail = 0;
  while (tail < old_lines.size() - head && tail < new_lines.size() - head &&
         old_lines[old_lines.size() - 1 - tail] == new_lines[new_lines.size() - 1 - tail])
    ++tail;
  const std::size_t first = head > kContext ? head - kContext : 0;
  const std::size_t old_end = std::min(old_lines.size(), old_lines.size() - tail + kContext);
  const std::size_t new_end = std::min(new_lines.size(), new_lines.size() - tail + kContext);
  std::string out = "--- a/" + std::string(path) + "\n+++ b/" + std::string(path) + "\n@@ -" +
                    std::to_string(first + 1) + "," + std::to_string(old_end - first) + " +" +
                    std::to_string(first + 1) + "," + std::to_string(new_end - first) + " @@\n";
  const auto add = [&](char sign, std::string_view line) {
    out += sign;
    out += line;
    out += '\n';
  };
  for (std::size_t i = first; i < head; ++i) add(' ', old_lines[i]);
  const std::size_t old_changed = old_lines.size() - tail, new_changed = new_lines.size() - tail;
  if (old_changed == new_changed) {
    for (std::size_t i = head; i < old_changed; ++i) {
      if (old_lines[i] == new_lines[i]) {
        add(' ', old_lines[i]);
        continue;
      }
      add('-', old_lines[i]);
      add('+', new_lines[i]);
    }
  } else {
    for (std::size_t i = head; i < old_changed; ++i) add('-', old_lines[i]);
    for (std::size_t i = head; i < new_changed; ++i) add('+', new_lines[i]);
  }
  for (std::size_t i = old_changed; i < old_end; ++i) add(' ', old_lines[i]);
  return out;
}

}  // namespace solvent::remedies::code
