#include "audit/judge.h"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include "base/text.h"
#include "check/match.h"

namespace solvent::audit {
namespace {

using ledger::KnownDebt;
using ledger::KnownFinding;
using ledger::News;

/// One check's part of a case.
class Judge {
 public:
  Judge(const Case& about, const Heard& heard) : about_(about), heard_(heard) {
    for (const KnownDebt& debt : about.known) {
      if (debt.check != heard.spec->id || !about.sees(*heard.spec, debt.subject)) continue;
      debts_.push_back(&debt);
      if (!heard.subject.empty() && debt.subject != heard.subject) continue;
      by_subject_[debt.subject] = &debt;
      for (const KnownFinding& finding : debt.seen) {
        old_.push_back({&debt, &finding});
      }
    }
  }

  void run(Judgement& out) {
    std::vector<bool> fresh;
    if (heard_.answer != nullptr) {
      match(fresh);
      group();
      name_debts();
      for (auto& [subject, found] : groups_) out.news.push_back(news_of(subject, found, out.specs));
    }
    for (const KnownDebt* debt : debts_) {
      if (!claimed_.contains(debt)) settle(*debt, out.news);
    }
    out.fresh.push_back(std::move(fresh));
  }

 private:
  struct Old {
    const KnownDebt* debt;
    const KnownFinding* finding;
  };
  struct Group {
    std::vector<ledger::SeenFinding> findings;
    std::map<const KnownDebt*, std::int64_t> from;  ///< whose findings these were
    const KnownDebt* debt = nullptr;
  };

  void match(std::vector<bool>& fresh) {
    const auto& findings = heard_.answer->findings;
    std::vector<check::Sighting> old_ones, new_ones;
    for (const Old& old : old_) {
      old_ones.push_back({.subject = old.debt->subject,
                          .path = old.finding->path,
                          .item = old.finding->item,
                          .fingerprint = old.finding->fingerprint,
                          .context = old.finding->context,
                          .line = old.finding->line,
                          .ordinal = old.finding->ordinal});
    }
    for (const check::Finding& finding : findings) {
      new_ones.push_back({.subject = finding.subject,
                          .path = finding.location.path,
                          .item = finding.item,
                          .fingerprint = finding.fingerprint,
                          .context = finding.context,
                          .line = finding.location.line,
                          .ordinal = finding.ordinal});
    }
    matched_ = check::match(old_ones, new_ones);
    for (const auto& old : matched_) fresh.push_back(!old.has_value());
  }

  void group() {
    const auto& findings = heard_.answer->findings;
    for (std::size_t i = 0; i < findings.size(); ++i) {
      Group& found = groups_[findings[i].subject];
      const Old* old = matched_[i] ? &old_[*matched_[i]] : nullptr;
      found.findings.push_back({&findings[i], old != nullptr ? old->finding : nullptr});
      if (old == nullptr) continue;
      ++found.from[old->debt];
      moved_to_[old->debt] = findings[i].subject;
    }
  }

  /// A subject keeps its debt. A subject without one takes over the debt that most of its findings
  /// come from, if that debt has no finding left where it was: it was renamed or moved, not paid.
  void name_debts() {
    for (auto& [subject, found] : groups_) {
      const auto same = by_subject_.find(subject);
      if (same == by_subject_.end()) continue;
      found.debt = same->second;
      claimed_.insert(same->second);
    }
    for (auto& [subject, found] : groups_) {
      if (found.debt != nullptr) continue;
      const KnownDebt* best = nullptr;
      for (const auto& [debt, count] : found.from) {
        if (claimed_.contains(debt) || groups_.contains(debt->subject)) continue;
        const auto rank = [&](const KnownDebt* d) {
          return std::tuple(found.from.at(d), -d->number);
        };
        if (best == nullptr || rank(debt) > rank(best)) best = debt;
      }
      if (best == nullptr) continue;
      found.debt = best;
      claimed_.insert(best);
    }
  }

  News news_of(const std::string& subject, Group& found,
               std::deque<check::CheckSpec>& specs) const {
    const check::CheckSpec* spec = heard_.spec;
    const bool by_hand = std::ranges::any_of(
        found.findings, [](const ledger::SeenFinding& seen) { return seen.finding->by_hand; });
    if (by_hand && !spec->fix.empty()) {
      spec = &specs.emplace_back(*spec);
      specs.back().fix.clear();
    }
    return {.what = News::What::kFound,
            .known = found.debt,
            .spec = spec,
            .asset = about_.asset,
            .subject = subject,
            .parameters = heard_.parameters,
            .system = about_.system,
            .owner = about_.owner_of(*heard_.spec, subject),
            .exposure = about_.exposure_of(*heard_.spec, subject),
            .findings = std::move(found.findings)};
  }

  /// A debt that no finding of today belongs to.
  void settle(const KnownDebt& debt, std::vector<News>& news) const {
    using What = News::What;
    const auto say = [&](What what, std::string reason) {
      news.push_back({.what = what, .known = &debt, .reason = std::move(reason)});
    };
    if (const auto moved = moved_to_.find(&debt); moved != moved_to_.end()) {
      return say(What::kRetired, "its findings moved to " + moved->second);
    }
    if (!about_.present(*heard_.spec, debt.subject))
      return say(What::kRetired, "its subject is gone");
    if (heard_.answer == nullptr) return say(What::kStale, "the check failed: " + heard_.problem);
    const check::Examination* examination = check::examination_of(*heard_.answer, debt.subject);
    if (examination == nullptr) return say(What::kStale, heard_.uncovered);
    if (examination->outcome != check::Outcome::kExamined) {
      return say(What::kStale, examination->reason);
    }
    if (debt.check_version != heard_.spec->version) {
      return say(What::kStale, "the check changed from version " +
                                   std::to_string(debt.check_version) + " to " +
                                   std::to_string(heard_.spec->version));
    }
    if (debt.parameters != heard_.parameters) {
      return say(What::kStale,
                 "the check ran with other parameters, or the data mean another thing");
    }
    say(What::kPaid, "looked at again and not found");
  }

  const Case& about_;
  const Heard& heard_;
  std::vector<const KnownDebt*> debts_;
  std::map<std::string, const KnownDebt*> by_subject_;
  std::vector<Old> old_;
  std::vector<std::optional<std::size_t>> matched_;
  std::map<std::string, Group> groups_;
  std::map<const KnownDebt*, std::string> moved_to_;
  std::set<const KnownDebt*> claimed_;
};

}  // namespace

Judgement judge(const Case& about) {
  Judgement out;
  for (const Heard& heard : about.heard) Judge(about, heard).run(out);
  for (const KnownDebt& debt : about.known) {
    if (about.registered(debt.check)) continue;
    out.news.push_back(
        {.what = News::What::kStale, .known = &debt, .reason = "there is no such check any more"});
  }
  return out;
}

std::string parameters_digest(const Json& parameters, const Json& meaning) {
  const Json both = meaning.is_null() ? parameters : Json(JsonArray{parameters, meaning});
  return digest_of(to_canonical_text(both)).hex().substr(0, 16);
}

void complete(check::Answer& answer, const std::string& check) {
  for (auto& examination : answer.examinations) {
    examination.subject = sanitize_utf8(examination.subject);
    examination.reason = sanitize_utf8(examination.reason);
  }
  std::ranges::stable_sort(answer.examinations, {}, &check::Examination::subject);
  for (check::Finding& finding : answer.findings) {
    finding.check = check;
    for (std::string* text : {&finding.subject, &finding.item, &finding.message,
                              &finding.location.path, &finding.fingerprint, &finding.context}) {
      if (!is_valid_utf8(*text)) *text = sanitize_utf8(*text);
    }
    if (finding.fingerprint.empty()) {
      finding.fingerprint =
          check::content_fingerprint(check, finding.item.empty() ? finding.message : finding.item);
    }
  }
  std::stable_sort(answer.findings.begin(), answer.findings.end(),
                   [](const check::Finding& a, const check::Finding& b) {
                     return std::tie(a.subject, a.location.path, a.location.cell, a.location.line,
                                     a.location.column,
                                     a.item) < std::tie(b.subject, b.location.path, b.location.cell,
                                                        b.location.line, b.location.column, b.item);
                   });
  std::map<std::pair<std::string_view, std::string_view>, std::int64_t> copies;
  for (check::Finding& finding : answer.findings) {
    finding.ordinal = copies[{finding.subject, finding.fingerprint}]++;
  }
}

}  // namespace solvent::audit
