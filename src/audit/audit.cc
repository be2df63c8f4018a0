#include "audit/audit.h"

#include <algorithm>
#include <condition_variable>
#include <map>
#include <mutex>
#include <set>
#include <utility>

#include "audit/exposure.h"
#include "audit/inputs.h"
#include "audit/judge.h"
#include "audit/records.h"
#include "audit/telling.h"
#include "base/text.h"
#include "catalog/event_types.h"
#include "identity/audit.h"
#include "identity/people.h"
#include "ledger/scope.h"

namespace solvent::audit {
namespace {

constexpr std::string_view kDryRun = "dry run";
constexpr std::int64_t kPageMax = 1'000;
/// Where an audit stands is committed at most this often.
constexpr std::int64_t kKeepEveryNs = 200'000'000;

/// One check on one unit, and what came of it.
struct Job {
  const Unit* unit = nullptr;
  const check::Check* check = nullptr;
  Json parameters;
  std::string key;  ///< of the answer, for reuse
  std::optional<check::Answer> answer;
  std::string problem;
  std::int64_t duration_us = 0;
  bool cached = false;
  bool kept = false;  ///< its answer is committed already
};

/// Where this audit stands: told at every step, committed now and then.
class Course {
 public:
  using Effect = std::function<Result<void>(sql::Tx&)>;
  Course(sql::Database& database, Clock& clock, const AuditHooks& hooks)
      : database_(database), clock_(clock), hooks_(hooks) {}

  AuditProgress at;

  void tell() const {
    if (hooks_.told) hooks_.told(at);
  }
  /// Whether the last commit is so long ago, or of another phase, that another is due.
  bool due() const {
    return at.phase != phase_ || clock_.monotonic_ns() - committed_ns_ >= kKeepEveryNs;
  }
  Result<void> commit(const Effect& effect) {
    phase_ = at.phase;
    committed_ns_ = clock_.monotonic_ns();
    if (hooks_.commit) return hooks_.commit(at, effect);
    return effect ? database_.write(effect) : Result<void>();
  }
  /// The next asset is read.
  Result<void> reads(const ReadStep& step) {
    at.phase = step.phase;
    at.detail = step.asset;
    at.assets_done = step.done;
    at.assets = step.total;
    if (due()) TRY(commit({}));
    tell();
    return {};
  }

 private:
  sql::Database& database_;
  Clock& clock_;
  const AuditHooks& hooks_;
  std::string phase_;
  std::int64_t committed_ns_ = 0;
};

struct Resolved;

/// Whether what it finds counts; else it is only told of.
bool is_booked(const Job& job) {
  return job.check->spec.standing == check::Standing::kProven;
}

/// "code/x.limit" = "10" → the given parameters of "code/x". Values are JSON, else text.
Json given_parameters(const std::map<std::string, std::string>& settings,
                      const std::string& check) {
  Json given{JsonObject{}};
  for (const auto& [key, text] : settings) {
    const auto dot = key.rfind('.');
    if (dot == std::string::npos || key.substr(0, dot) != check) continue;
    auto value = parse_json(text);
    given.set(key.substr(dot + 1), value ? std::move(*value) : Json(text));
  }
  return given;
}

CheckRun run_of(const Job& job) {
  const check::CheckSpec& spec = job.check->spec;
  CheckRun run{.check = spec.id,
               .title = spec.title,
               .asset = job.unit->asset,
               .problem = job.problem,
               .duration_us = job.duration_us,
               .cached = job.cached};
  if (!job.answer) {
    run.failed = 1;
    return run;
  }
  run.findings = static_cast<std::int64_t>(job.answer->findings.size());
  const auto count = [&](const std::vector<check::Examination>& examinations) {
    for (const auto& examination : examinations) {
      if (examination.outcome == check::Outcome::kExamined) ++run.examined;
      if (examination.outcome == check::Outcome::kFailed) ++run.failed;
      if (examination.outcome == check::Outcome::kSkipped) ++run.skipped;
      if (run.problem.empty() && examination.outcome != check::Outcome::kExamined) {
        run.problem = examination.subject + ": " + examination.reason;
      }
    }
  };
  count(job.answer->examinations);
  if (job.answer->together) count(job.answer->together->examinations);
  return run;
}

}  // namespace

/// Counts jobs that ended into where the audit stands.
namespace {

class Tally {
 public:
  Tally(const std::vector<Job>& jobs, AuditProgress& at) : at_(at) {
    at_.phase = "check";
    at_.detail.clear();
    at_.assets_done = at_.assets;
    at_.checks = static_cast<std::int64_t>(jobs.size());
    for (const Job& job : jobs) {
      if (!is_booked(job)) continue;
      const auto [place, added] = places_.try_emplace(job.check, at_.by_check.size());
      if (added)
        at_.by_check.push_back({.check = job.check->spec.id, .title = job.check->spec.title});
      ++at_.by_check[place->second].total;
    }
  }

  void add(const Job& job) {
    ++at_.checks_done;
    if (!is_booked(job)) return;
    CheckProgress& check = at_.by_check[places_.at(job.check)];
    ++check.done;
    if (job.answer)
      check.findings += static_cast<std::int64_t>(job.answer->findings.size());
    else
      ++check.failed;
  }

 private:
  AuditProgress& at_;
  std::map<const check::Check*, std::size_t> places_;
};

}  // namespace

struct Auditor::State {
  sql::Database& database;
  ledger::Ledger& ledger;
  const check::Registry& registry;
  const Settings& settings;
  Clock& clock;
  Random& random;
  Estate estate;

  Result<std::vector<Job>> plan(const Inputs& inputs, const AuditRequest& request) const;
  Result<void> reuse(std::vector<Job>& jobs) const;
  Result<void> execute(std::vector<Job>& jobs, const AuditReport& report, Course& course,
                       const CancelToken& cancel) const;
  Result<void> keep_answers(sql::Tx& tx, const std::vector<Job*>& jobs) const;
  void run_job(Job& job, TimeUs as_of, const CancelToken& cancel) const;
  Result<void> book(sql::Tx& tx, const Inputs& inputs, const std::vector<Job>& jobs,
                    const Resolved& resolved, const op::Caller& caller, bool show_unproven,
                    AuditReport& report) const;
  /// Subjects of the debts that an asset owes now.
  Result<std::vector<std::string>> owed(const std::string& asset) const;
  Result<void> describe_books(const op::Caller& caller, AuditReport& report) const;
  bool is_off(const std::string& check) const;
  Result<std::vector<std::string>> over_policy(sql::Tx& tx, const AuditReport& report) const;
};

namespace {

/// The only part of a data set's meaning that a check is given.
check::DataMeaning declared_part(const check::CheckSpec& spec, const check::DataMeaning& meaning) {
  const auto reads = [&](std::string_view member) {
    return std::ranges::find(spec.meaning, member) != spec.meaning.end();
  };
  return {.dataset = meaning.dataset,
          .target = reads("target") ? meaning.target : std::string(),
          .sliced_by = reads("sliced_by") ? meaning.sliced_by : std::string(),
          .keys = reads("keys") ? meaning.keys : std::vector<std::string>()};
}

const check::DataMeaning* meaning_of(const check::Input& input) {
  if (const auto* data = std::get_if<check::ProfileInput>(&input)) return &data->meaning;
  if (const auto* data = std::get_if<check::ColumnScanInput>(&input)) return &data->meaning;
  if (const auto* data = std::get_if<check::VersionPairInput>(&input)) return &data->meaning;
  return nullptr;
}

/// The input as this check may see it.
check::Input seen_by(const check::CheckSpec& spec, check::Input input) {
  const auto* meaning = meaning_of(input);
  if (meaning == nullptr) return input;
  check::DataMeaning part = declared_part(spec, *meaning);
  std::visit(
      [&](auto& data) {
        if constexpr (requires { data.meaning; }) data.meaning = std::move(part);
      },
      input);
  return input;
}

/// Digest of all that an answer is compatible with: parameters, and what it reads of the meaning.
std::string compatible_with(const Job& job) {
  const auto* meaning = meaning_of(job.unit->input);
  if (meaning == nullptr || job.check->spec.meaning.empty()) {
    return parameters_digest(job.parameters);
  }
  const auto part = declared_part(job.check->spec, *meaning);
  const Json said =
      JsonArray{part.target, part.sliced_by, JsonArray(part.keys.begin(), part.keys.end())};
  return parameters_digest(job.parameters, said);
}

/// What is put behind the subjects of this job: which version, and a meaning that nobody declared.
std::string scope_of(const Job& job) {
  std::string scope = job.unit->scope;
  for (const auto& [member, value] : job.unit->overridden) {
    const auto& reads = job.check->spec.meaning;
    if (std::ranges::find(reads, member) == reads.end()) continue;
    scope += " " + replace_all(member, "_", " ") + " " + value;
  }
  return scope;
}

void put_scope(const std::string& scope, check::Answer& answer) {
  if (scope.empty()) return;
  for (auto& examination : answer.examinations) examination.subject += scope;
  for (auto& finding : answer.findings) finding.subject += scope;
}

/// Who owns, and how exposed is, each subject that has findings.
struct Resolved {
  std::map<std::pair<const Unit*, std::string>, ledger::Owner> owners;
  std::map<std::string, std::int64_t> exposures;  ///< by asset name
};

std::string exposed_name(const Unit& unit, const std::string& subject) {
  return unit.kind == check::InputKind::kGraph ? subject : unit.asset;
}

Result<Resolved> resolve(catalog::Catalog* catalog, const std::vector<Job>& jobs,
                         const CancelToken& cancel) {
  Resolved out;
  std::map<std::pair<const Unit*, std::string>, std::vector<std::int64_t>> lines;
  std::set<std::string> names;
  for (const Job& job : jobs) {
    if (!job.answer || !is_booked(job)) continue;
    for (const auto& finding : job.answer->findings) {
      auto& of_subject = lines[{job.unit, finding.subject}];
      if (finding.location.line > 0 && finding.location.cell == 0)
        of_subject.push_back(finding.location.line);
      names.insert(exposed_name(*job.unit, finding.subject));
    }
  }
  for (const auto& [of, at] : lines) {
    TRY(cancel.check());
    out.owners[of] = of.first->owner_of(of.second, at);
  }
  out.exposures = TRY(exposures(catalog, names, cancel));
  return out;
}

}  // namespace

/// What one asset's jobs say, judged against the books.
namespace {

struct AssetCase {
  std::vector<ledger::KnownDebt> known;
  std::vector<Heard> heard;
  std::vector<const Job*> jobs;  ///< parallel to heard
  Judgement judgement;
};

void show_findings(const AssetCase& one, std::int64_t shown_max, AuditReport& report) {
  for (std::size_t h = 0; h < one.jobs.size(); ++h) {
    const Job& job = *one.jobs[h];
    if (!job.answer) continue;
    for (std::size_t i = 0; i < job.answer->findings.size(); ++i)
      show_finding(job.unit->asset, job.answer->findings[i],
                   one.judgement.fresh[h][i] ? "new" : "known", shown_max, report);
  }
}

std::vector<Told> told_of(const std::vector<Job>& jobs) {
  std::vector<Told> out;
  for (const Job& job : jobs)
    if (job.answer) out.push_back({&job.check->spec, job.unit->asset, &*job.answer});
  return out;
}

}  // namespace

Auditor::Auditor(sql::Database& database, ledger::Ledger& ledger, const check::Registry& registry,
                 const Settings& settings, Clock& clock, Random& random, Estate estate)
    : state_(new State{database, ledger, registry, settings, clock, random, std::move(estate)}) {}

Auditor::~Auditor() = default;

Result<std::vector<Job>> Auditor::State::plan(const Inputs& inputs,
                                              const AuditRequest& request) const {
  auto wanted = TRY(registry.select(request.checks));
  std::erase_if(wanted, [&](const check::Check* check) { return is_off(check->spec.id); });
  const auto parameters = settings.map("parameters");
  std::vector<Job> jobs;
  for (const Unit& unit : inputs.units) {
    for (const check::Check* check : wanted) {
      if (check->spec.input != unit.kind || check->spec.standing == check::Standing::kRefuted)
        continue;
      Job job{.unit = &unit, .check = check};
      job.parameters =
          TRY(check::parameters_of(check->spec, given_parameters(parameters, check->spec.id)));
      const std::array<Digest, 1> digests = {unit.digest};
      job.key = check::result_key(check->spec, job.parameters, digests).hex();
      jobs.push_back(std::move(job));
    }
  }
  return jobs;
}

bool Auditor::State::is_off(const std::string& check) const {
  return std::ranges::any_of(settings.list("audit.checks_off"),
                             [&](const std::string& glob) { return glob_match(glob, check); });
}

/// One sentence for each of the policy's settings that these debts break.
Result<std::vector<std::string>> Auditor::State::over_policy(sql::Tx& tx,
                                                             const AuditReport& report) const {
  std::vector<std::string> over;
  const std::int64_t fresh = report.booked.opened + report.booked.relapsed;
  const std::int64_t fresh_max = settings.integer("policy.new_debts_max");
  if (fresh_max >= 0 && fresh > fresh_max) {
    over.push_back("new or relapsed debts: " + std::to_string(fresh) +
                   "; policy.new_debts_max is " + std::to_string(fresh_max));
  }
  const double hours_max = settings.number("policy.interest_hours_max");
  if (hours_max < 0) return over;
  const std::int64_t interest_s = TRY(ledger.open_interest(tx, report.assets));
  if (static_cast<double>(interest_s) > hours_max * 3'600) {
    over.push_back("open debts cost " + format_labour(interest_s) +
                   " a month; policy.interest_hours_max is " + format_double(hours_max));
  }
  return over;
}

Result<void> Auditor::State::reuse(std::vector<Job>& jobs) const {
  return database.read([&](sql::Tx& tx) -> Result<void> {
    KeptCoverages coverages;
    for (Job& job : jobs) {
      if (!job.unit->reusable) continue;
      job.answer = TRY(cached_answer(tx, job.unit->asset, job.check->spec.id, job.key, coverages));
      job.cached = job.answer.has_value();
      if (job.answer) complete(*job.answer, job.check->spec.id);
    }
    return {};
  });
}

void Auditor::State::run_job(Job& job, TimeUs as_of, const CancelToken& cancel) const {
  if (cancel.cancelled()) return;
  const std::int64_t began = clock.monotonic_ns();
  auto answer = job.check->run(seen_by(job.check->spec, job.unit->input), job.parameters, as_of);
  job.duration_us = (clock.monotonic_ns() - began) / 1000;
  if (cancel.cancelled()) return;  // it may have answered for what it could no longer read
  const auto findings_max = static_cast<std::size_t>(settings.integer("audit.findings_max"));
  if (!answer) {
    job.problem = sanitize_utf8(answer.error().message);
  } else if (answer->findings.size() > findings_max) {
    job.problem =
        "more findings than audit.findings_max allows: " + std::to_string(answer->findings.size());
  } else {
    put_scope(scope_of(job), *answer);
    complete(*answer, job.check->spec.id);
    job.answer = std::move(*answer);
  }
}

/// What is done counts at once; it is committed with the answers so far when that is due.
Result<void> Auditor::State::execute(std::vector<Job>& jobs, const AuditReport& report,
                                     Course& course, const CancelToken& cancel) const {
  Tally tally(jobs, course.at);
  std::vector<Job*> waiting;
  for (Job& job : jobs) {
    if (job.answer)
      tally.add(job);
    else
      waiting.push_back(&job);
  }
  TRY(course.commit({}));
  course.tell();
  std::mutex mutex;
  std::condition_variable changed;
  std::vector<Job*> ended;
  {
    ThreadPool pool(static_cast<std::size_t>(settings.integer("audit.threads")),
                    waiting.size() + 1);
    for (Job* job : waiting) {
      TRY(pool.submit([&, job] {
        run_job(*job, report.started, cancel);
        const std::lock_guard lock(mutex);
        ended.push_back(job);
        changed.notify_one();
      }));
    }
    Result<void> kept;
    std::vector<Job*> unkept;
    for (std::size_t seen = 0; seen < waiting.size();) {
      std::vector<Job*> now;
      {
        std::unique_lock lock(mutex);
        changed.wait(lock, [&] { return !ended.empty(); });
        now.swap(ended);
      }
      seen += now.size();
      for (Job* job : now) {
        tally.add(*job);
        course.at.detail = job->check->spec.id;
        if (job->answer && job->unit->reusable && !report.dry_run) unkept.push_back(job);
      }
      if (kept && !cancel.cancelled() && course.due()) {
        kept = course.commit([&](sql::Tx& tx) { return keep_answers(tx, unkept); });
        if (kept)
          for (Job* job : std::exchange(unkept, {})) job->kept = true;
      }
      course.tell();
    }
    TRY(std::move(kept));
  }
  return cancel.check();
}

Result<void> Auditor::State::keep_answers(sql::Tx& tx, const std::vector<Job*>& jobs) const {
  KeptCoverages coverages;
  for (const Job* job : jobs)
    TRY(keep_answer(tx, job->unit->asset, job->check->spec.id, job->key, *job->answer, coverages));
  return {};
}

Result<std::vector<std::string>> Auditor::State::owed(const std::string& asset) const {
  std::vector<std::string> subjects;
  TRY(database.read([&](sql::Tx& tx) -> Result<void> {
    subjects.clear();
    for (auto& debt : TRY(ledger.known_debts(tx, asset)))
      if (ledger::is_owed(debt.state)) subjects.push_back(std::move(debt.subject));
    return {};
  }));
  return subjects;
}

Result<void> Auditor::State::book(sql::Tx& tx, const Inputs& inputs, const std::vector<Job>& jobs,
                                  const Resolved& resolved, const op::Caller& caller,
                                  bool show_unproven, AuditReport& report) const {
  report.booked = {};
  report.findings.clear();
  report.findings_total = 0;
  report.checks.clear();
  const std::int64_t expired = TRY(ledger.expire(tx, report.started, caller.principal));
  std::map<std::string, AssetCase> cases;
  for (const std::string& asset : inputs.assets)
    cases[asset].known = TRY(ledger.known_debts(tx, asset));
  for (const Job& job : jobs) {
    if (!is_booked(job)) continue;
    AssetCase& one = cases.at(job.unit->asset);
    one.heard.push_back({.spec = &job.check->spec,
                         .parameters = compatible_with(job),
                         .answer = job.answer ? &*job.answer : nullptr,
                         .problem = job.problem});
    if (meaning_of(job.unit->input) != nullptr) {
      one.heard.back().subject = job.unit->asset + scope_of(job);
      one.heard.back().uncovered = "another version, pair or meaning was looked at";
    }
    one.jobs.push_back(&job);
    report.checks.push_back(run_of(job));
  }
  ledger::Booking booking{
      .effective_at = report.started, .actor = caller.principal, .source = "audit " + report.id};
  std::vector<ledger::News> news;
  for (const std::string& asset : inputs.assets) {
    AssetCase& one = cases.at(asset);
    std::map<const check::CheckSpec*, const Unit*> units;
    for (const Job* job : one.jobs) {
      units[&job->check->spec] = job->unit;
      booking.looked_at.emplace_back(asset, job->check->spec.id);
    }
    one.judgement = judge(
        {.asset = asset,
         .system = one.jobs.empty() ? asset : one.jobs.front()->unit->system,
         .known = one.known,
         .heard = one.heard,
         .registered =
             [&](const std::string& check) {
               return registry.find(check) != nullptr && !is_off(check);
             },
         .present = [&](const check::CheckSpec& spec,
                        const std::string& subject) { return units.at(&spec)->present(subject); },
         .sees = [&](const check::CheckSpec& spec,
                     const std::string& subject) { return units.at(&spec)->sees(subject); },
         .owner_of =
             [&](const check::CheckSpec& spec, const std::string& subject) {
               return resolved.owners.at({units.at(&spec), subject});
             },
         .exposure_of =
             [&](const check::CheckSpec& spec, const std::string& subject) {
               return resolved.exposures.at(exposed_name(*units.at(&spec), subject));
             }});
    std::move(one.judgement.news.begin(), one.judgement.news.end(), std::back_inserter(news));
    show_findings(one, settings.integer("audit.findings_shown"), report);
  }
  tell_of_unproven(told_of(jobs), show_unproven, settings.integer("audit.findings_shown"), report);
  std::map<std::string, std::vector<ledger::KnownDebt>> removed;
  for (const std::string& asset : inputs.removed_assets) {
    if (cases.contains(asset)) continue;
    removed[asset] = TRY(ledger.known_debts(tx, asset));
    for (const auto& debt : removed[asset]) {
      news.push_back({.what = ledger::News::What::kRetired,
                      .known = &debt,
                      .reason = "its asset was removed"});
    }
  }
  booking.news = news;
  report.booked = TRY(ledger.book(tx, booking));
  report.booked.expired = expired;
  report.over_policy = TRY(over_policy(tx, report));
  Json detail;
  detail.set("assets", JsonArray(report.assets.begin(), report.assets.end()));
  return identity::audit_row(tx, {TRY(parse_uuid(report.id)), report.started}, caller, "audit run",
                             report.id, detail);
}

/// What is owed afterwards; part of the report that is kept.
Result<void> Auditor::State::describe_books(const op::Caller& caller, AuditReport& report) const {
  const auto statement = TRY(ledger.statement(caller, {}));
  report.principal = statement.principal;
  report.interest = statement.interest;
  if (report.dry_run) return {};
  report.debts.clear();
  report.debts_total = 0;
  const std::int64_t shown_max = settings.integer("audit.debts_shown");
  for (const std::string& asset : report.assets) {
    ledger::DebtQuery query{.asset = asset,
                            .limit = std::clamp<std::int64_t>(shown_max, 1, kPageMax)};
    std::int64_t taken = 0;
    do {
      auto page = TRY(ledger.debts(caller, query));
      if (taken == 0) report.debts_total += page.total;
      taken += static_cast<std::int64_t>(page.debts.size());
      std::move(page.debts.begin(), page.debts.end(), std::back_inserter(report.debts));
      query.after = page.next;
    } while (!query.after.empty() && taken < shown_max);
  }
  std::stable_sort(report.debts.begin(), report.debts.end(),
                   [](const auto& a, const auto& b) { return a.interest_s > b.interest_s; });
  if (static_cast<std::int64_t>(report.debts.size()) > shown_max)
    report.debts.resize(static_cast<std::size_t>(shown_max));
  return database.write([&](sql::Tx& tx) { return complete_run(tx, report); });
}

namespace {

/// What the catalog does not know of a tree yet.
struct TreeNews {
  catalog::Event event;
  std::optional<catalog::AssetOwner> person;  ///< its body, where the owner is named by name
  Uuid reference;                             ///< of a person who has none yet
};

/// Source trees are assets too: that they exist, and who owns what nobody else in them is named
/// for.
Result<std::vector<TreeNews>> tree_news(catalog::Catalog* catalog, const Inputs& inputs,
                                        const op::Caller& caller, Clock& clock, Random& random) {
  std::vector<TreeNews> news;
  if (catalog == nullptr) return news;
  for (const auto& unit : inputs.units) {
    if (unit.kind != check::InputKind::kSourceTree) continue;
    const catalog::AssetRef ref{.name_space = "workspace", .name = unit.asset};
    const auto known = catalog->asset(caller, "workspace/" + unit.asset);
    if (!known && known.error().code != Code::kNotFound) return Unexpected(known.error());
    if (!known)
      news.push_back({catalog->make_event(
          "asset.declared", to_json(catalog::AssetDeclared{.asset = ref, .kind = "code"}),
          "solvent audit")});
    const ledger::Owner owner = unit.owner_of({}, {});
    const std::string name = owner.name == ledger::kUnowned ? std::string() : owner.name;
    if (known ? known->owner == name : name.empty()) continue;
    const catalog::AssetOwner body{.asset = ref, .owner = name, .origin = owner.origin};
    news.push_back({catalog->make_event("asset.owner", to_json(body), "solvent audit")});
    news.back().event.type_version = catalog::AssetOwner::kTypeVersion;
    // Git names people; CODEOWNERS may do so by mail address.
    if (owner.origin == "git" || contains(name, "@")) {
      news.back().person = body;
      news.back().reference = make_uuid(clock, random);
    }
  }
  return news;
}

/// The events of the news, with a reference wherever a person would be named.
Result<std::vector<catalog::Event>> events_of(sql::Tx& tx, std::span<const TreeNews> news) {
  std::vector<catalog::Event> events;
  for (const TreeNews& one : news) {
    events.push_back(one.event);
    if (!one.person) continue;
    catalog::AssetOwner body = *one.person;
    body.owner = TRY(identity::person_of(tx, body.owner, one.reference));
    events.back().body = to_text(to_json(body));
  }
  return events;
}

/// What was looked at, and the answers that a later audit may reuse.
Result<void> record_jobs(sql::Tx& tx, const AuditReport& report, const std::vector<Job>& jobs) {
  KeptCoverages coverages;
  std::set<std::pair<std::string, const check::Coverage*>> recorded;
  std::size_t booked = 0;
  for (const Job& job : jobs) {
    const auto together = job.answer ? job.answer->together : nullptr;
    if (is_booked(job)) {
      if (together && recorded.emplace(job.unit->asset, together.get()).second)
        TRY(record_examinations(tx, report.id, job.unit->asset, together->name,
                                together->examinations));
      TRY(record_look(tx, report.id,
                      {.asset = job.unit->asset,
                       .check = job.check->spec.id,
                       .parameters = to_canonical_text(job.parameters),
                       .input = job.unit->digest.hex(),
                       .version = job.check->spec.version,
                       .run = report.checks[booked++]},
                      job.answer ? &job.answer->examinations : nullptr));
    }
    if (job.answer && !job.cached && !job.kept && job.unit->reusable) {
      TRY(keep_answer(tx, job.unit->asset, job.check->spec.id, job.key, *job.answer, coverages));
    }
  }
  return {};
}

}  // namespace

Result<void> Auditor::may_run(const AuditRequest& request, const op::Caller& caller) const {
  if (!caller.may(op::Role::kEditor)) {
    return fail(Code::kPermissionDenied, "an audit changes the books and needs the role editor",
                "ask an administrator for it");
  }
  TRY(state_->registry.select(request.checks));  // a typo is told before anything is read
  return {};
}

Result<AuditReport> Auditor::run(const AuditRequest& request, const op::Caller& caller,
                                 const AuditHooks& hooks, const CancelToken& cancel) {
  TRY(may_run(request, caller));
  const std::int64_t began = state_->clock.monotonic_ns();
  AuditReport report{.id = make_uuid(state_->clock, state_->random).text(),
                     .started = state_->clock.now(),
                     .dry_run = request.dry_run};
  Course course(state_->database, state_->clock, hooks);
  const Inputs inputs = TRY(gather(
      {state_->estate, state_->settings, posix_files(), report.started,
       [&](const std::string& asset) { return state_->owed(asset); }},
      request, caller, [&](const ReadStep& step) { return course.reads(step); }, cancel));
  const ledger::Scope scope(caller);
  for (const std::string& asset : inputs.assets) {
    if (asset == ledger::kEstateAsset || scope.sees_asset(asset)) continue;
    return fail(Code::kPermissionDenied, "this asset lies outside your scopes: " + asset,
                "ask for a token with the scope " + std::string(ledger::kNamespace) + "/" + asset,
                asset);
  }
  report.assets = inputs.assets;
  report.notes = inputs.notes;
  // Told before the checks take their time, and again when it is booked.
  TRY(state_->database.read(
      [&](sql::Tx& tx) { return check_roots(tx, inputs.roots, request.moved); }));
  std::vector<Job> jobs = TRY(state_->plan(inputs, request));
  TRY(state_->reuse(jobs));
  TRY(state_->execute(jobs, report, course, cancel));
  course.at.phase = "book";
  course.at.detail.clear();
  TRY(course.commit({}));
  course.tell();
  const Resolved resolved = TRY(resolve(state_->estate.catalog, jobs, cancel));
  const auto news =
      TRY(tree_news(state_->estate.catalog, inputs, caller, state_->clock, state_->random));
  // True once it commits; in a dry run nothing does.
  course.at.phase = "done";
  course.at.audit = request.dry_run ? "" : report.id;
  auto booked = course.commit([&](sql::Tx& tx) -> Result<void> {
    TRY(bind_roots(tx, inputs.roots, request.moved));
    if (!news.empty())
      TRY(state_->estate.catalog->append(tx, caller, TRY(events_of(tx, news)), {}));
    TRY(state_->book(tx, inputs, jobs, resolved, caller, request.unproven, report));
    TRY(cancel.check());
    if (request.dry_run) return fail(Code::kAborted, std::string(kDryRun));
    TRY(record_jobs(tx, report, jobs));
    report.duration_us = (state_->clock.monotonic_ns() - began) / 1000;
    return record_run(tx, report, caller.principal);
  });
  const bool rolled_back = !booked && request.dry_run && booked.error().message == kDryRun;
  if (!booked && !rolled_back) return Unexpected(std::move(booked).error());
  report.duration_us = (state_->clock.monotonic_ns() - began) / 1000;
  TRY(state_->describe_books(caller, report));
  if (request.dry_run) TRY(course.commit({}));
  course.tell();
  return report;
}

Result<AuditReport> Auditor::settle(const op::Caller& caller, const std::string& id) {
  AuditReport report = TRY(kept(id));
  TRY(state_->describe_books(caller, report));
  return report;
}

Result<AuditReport> Auditor::kept(const std::string& id) {
  AuditReport report;
  TRY(state_->database.read([&](sql::Tx& tx) -> Result<void> {
    report = TRY(stored_report(tx, ledger::Scope(op::local_owner()), id));
    return {};
  }));
  return report;
}

Result<AuditPage> Auditor::list(const op::Caller& caller, const AuditListQuery& query) {
  AuditPage page;
  TRY(state_->database.read([&](sql::Tx& tx) -> Result<void> {
    page = TRY(audit_page(tx, ledger::Scope(caller), query));
    return {};
  }));
  return page;
}

Result<AuditReport> Auditor::show(const op::Caller& caller, const std::string& id) {
  AuditReport report;
  TRY(state_->database.read([&](sql::Tx& tx) -> Result<void> {
    report = TRY(stored_report(tx, ledger::Scope(caller), id));
    return {};
  }));
  if (caller.limited()) {  // what is owed on the whole is of whoever ran it
    const auto statement =
        TRY(state_->ledger.statement(caller, {.as_of = format_time(report.started)}));
    report.principal = statement.principal;
    report.interest = statement.interest;
  }
  return report;
}

}  // namespace solvent::audit
