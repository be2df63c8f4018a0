#include <algorithm>

#include "check/check.h"
#include "check/registry.h"

namespace solvent::check {

namespace {

/// The last one of that subject.
const Examination* find(const std::vector<Examination>& sorted, std::string_view subject) {
  const auto end = std::ranges::upper_bound(sorted, subject, {}, &Examination::subject);
  return end != sorted.begin() && (end - 1)->subject == subject ? &*(end - 1) : nullptr;
}

}  // namespace

const Examination* examination_of(const Answer& answer, std::string_view subject) {
  const Examination* own = find(answer.examinations, subject);
  return own != nullptr || answer.together == nullptr
             ? own
             : find(answer.together->examinations, subject);
}

std::shared_ptr<const Coverage> make_coverage(std::string name,
                                              std::vector<Examination> examinations) {
  std::ranges::sort(examinations, {}, &Examination::subject);
  Hasher hasher;
  for (const Examination& one : examinations)
    hasher.field(one.subject).field(outcome_name(one.outcome)).field(one.reason);
  return std::make_shared<const Coverage>(
      Coverage{std::move(name), hasher.finish(), std::move(examinations)});
}

}  // namespace solvent::check
