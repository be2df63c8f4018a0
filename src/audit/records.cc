#include "audit/records.h"

#include <algorithm>
#include <map>

#include "base/random.h"
#include "base/text.h"
#include "check/registry.h"

namespace solvent::audit {
namespace {

Json finding_json(const check::Finding& f) {
  return JsonArray{
      f.subject,           f.item,          f.location.path, f.location.line, f.location.column,
      f.location.end_line, f.location.cell, f.message,       f.evidence,      f.confidence,
      f.fingerprint,       f.context,       f.ordinal,       f.by_hand};
}

constexpr std::size_t kFindingMembers = 14;

Unexpected damaged() {
  return fail(Code::kDataLoss, "a kept answer cannot be read", "audit again");
}

Result<check::Finding> finding_of(const Json& json) {
  if (!json.is_array() || json.array().size() != kFindingMembers) return damaged();
  const JsonArray& m = json.array();
  for (const std::size_t i : {0u, 1u, 2u, 7u, 10u, 11u}) {
    if (!m[i].is_string()) return damaged();
  }
  for (const std::size_t i : {3u, 4u, 5u, 6u, 12u}) {
    if (!m[i].is_int()) return damaged();
  }
  if (!m[9].is_number() || !m[13].is_bool()) return damaged();
  return check::Finding{.subject = m[0].string(),
                        .item = m[1].string(),
                        .location = {.path = m[2].string(),
                                     .line = m[3].integer(),
                                     .column = m[4].integer(),
                                     .end_line = m[5].integer(),
                                     .cell = m[6].integer()},
                        .message = m[7].string(),
                        .evidence = m[8],
                        .confidence = m[9].number(),
                        .fingerprint = m[10].string(),
                        .context = m[11].string(),
                        .ordinal = m[12].integer(),
                        .by_hand = m[13].boolean()};
}

}  // namespace

namespace {

Json examinations_json(const std::vector<check::Examination>& examinations) {
  JsonArray out;
  for (const auto& e : examinations)
    out.push_back(JsonArray{e.subject, static_cast<std::int64_t>(e.outcome), e.reason});
  return out;
}

Result<std::vector<check::Examination>> examinations_of(const Json& json) {
  if (!json.is_array()) return damaged();
  std::vector<check::Examination> out;
  for (const Json& e : json.array()) {
    if (!e.is_array() || e.array().size() != 3 || !e.array()[0].is_string() ||
        !e.array()[1].is_int() || !e.array()[2].is_string() || e.array()[1].integer() < 0 ||
        e.array()[1].integer() > 2) {
      return damaged();
    }
    out.push_back({e.array()[0].string(), static_cast<check::Outcome>(e.array()[1].integer()),
                   e.array()[2].string()});
  }
  return out;
}

Result<std::optional<Json>> kept(sql::Tx& tx, const std::string& asset, const std::string& id,
                                 const std::string& key) {
  const auto rows = TRY(tx.query(
      "SELECT answer FROM audit_result WHERE asset = $1 AND check_id = $2 AND result_key = $3",
      {asset, id, key}));
  if (rows.empty()) return std::optional<Json>();
  auto json = parse_json(rows[0].text(0));
  return json ? std::optional(std::move(*json)) : std::nullopt;
}

Result<void> keep(sql::Tx& tx, const std::string& asset, const std::string& id,
                  const std::string& key, const Json& json) {
  TRY(
      tx.execute("INSERT INTO audit_result (asset, check_id, result_key, answer) "
                 "VALUES ($1, $2, $3, $4) ON CONFLICT (asset, check_id) DO UPDATE SET "
                 "result_key = excluded.result_key, answer = excluded.answer",
                 {asset, id, key, to_text(json)}));
  return {};
}

/// The coverage of that name and digest, from the table once for all checks. Null when another
/// stands there by now.
Result<std::shared_ptr<const check::Coverage>> kept_coverage(sql::Tx& tx, const std::string& asset,
                                                             const std::string& name,
                                                             const std::string& digest,
                                                             KeptCoverages& coverages) {
  const auto [at, added] = coverages.try_emplace({asset, name, digest});
  if (!added) return at->second;
  const auto json = TRY(kept(tx, asset, name, digest));
  if (!json) return at->second;
  auto examinations = examinations_of(*json);
  if (!examinations) return at->second;
  auto made = check::make_coverage(name, std::move(*examinations));
  if (made->digest.hex() == digest) at->second = std::move(made);
  return at->second;
}

}  // namespace

Json answer_json(const check::Answer& answer) {
  JsonArray findings;
  for (const auto& f : answer.findings) findings.push_back(finding_json(f));
  JsonObject out{{"examinations", examinations_json(answer.examinations)},
                 {"findings", std::move(findings)}};
  if (answer.together)
    out.emplace_back("together", JsonArray{answer.together->name, answer.together->digest.hex()});
  return out;
}

Result<check::Answer> answer_of(const Json& json) {
  const Json* examinations = json.find("examinations");
  const Json* findings = json.find("findings");
  if (examinations == nullptr || findings == nullptr || !findings->is_array()) return damaged();
  check::Answer answer;
  answer.examinations = TRY(examinations_of(*examinations));
  for (const Json& f : findings->array()) answer.findings.push_back(TRY(finding_of(f)));
  return answer;
}

Result<std::optional<check::Answer>> cached_answer(sql::Tx& tx, const std::string& asset,
                                                   const std::string& check, const std::string& key,
                                                   KeptCoverages& coverages) {
  const auto json = TRY(kept(tx, asset, check, key));
  if (!json) return std::optional<check::Answer>();
  auto answer = answer_of(*json);  // an answer that cannot be read is asked for again
  if (!answer) return std::optional<check::Answer>();
  if (const Json* together = json->find("together")) {
    if (!together->is_array() || together->array().size() != 2 ||
        !together->array()[0].is_string() || !together->array()[1].is_string())
      return std::optional<check::Answer>();
    answer->together = TRY(kept_coverage(tx, asset, together->array()[0].string(),
                                         together->array()[1].string(), coverages));
    if (!answer->together) return std::optional<check::Answer>();
  }
  return std::optional(std::move(*answer));
}

Result<void> keep_answer(sql::Tx& tx, const std::string& asset, const std::string& check,
                         const std::string& key, const check::Answer& answer,
                         KeptCoverages& coverages) {
  if (const auto& together = answer.together) {
    const std::string digest = together->digest.hex();
    if (coverages.try_emplace({asset, together->name, digest}, together).second)
      TRY(keep(tx, asset, together->name, digest, examinations_json(together->examinations)));
  }
  return keep(tx, asset, check, key, answer_json(answer));
}

Result<void> record_look(sql::Tx& tx, const std::string& audit, const Look& look,
                         const std::vector<check::Examination>* examinations) {
  TRY(tx.execute(
      "INSERT INTO audit_look (audit, asset, check_id, version, parameters, input, examined, "
      "failed, skipped, findings, duration_us, cached, problem) VALUES ($1, $2, $3, $4, $5, "
      "$6, $7, $8, $9, $10, $11, $12, $13)",
      {audit, look.asset, look.check, look.version, look.parameters, look.input, look.run.examined,
       look.run.failed, look.run.skipped, look.run.findings, look.run.duration_us,
       static_cast<std::int64_t>(look.run.cached), look.run.problem}));
  if (examinations == nullptr) return {};
  return record_examinations(tx, audit, look.asset, look.check, *examinations);
}

Result<void> record_examinations(sql::Tx& tx, const std::string& audit, const std::string& asset,
                                 const std::string& check,
                                 std::span<const check::Examination> examinations) {
  std::map<std::string, std::pair<std::string, std::string>> now;
  for (const auto& e : examinations)
    now[e.subject] = {std::string(check::outcome_name(e.outcome)), e.reason};
  std::vector<std::vector<sql::Value>> ended, begun;
  for (const auto& row : TRY(tx.query("SELECT subject, outcome, reason FROM audit_examination "
                                      "WHERE asset = $1 AND check_id = $2 AND until_audit = ''",
                                      {asset, check}))) {
    const auto at = now.find(row.text(0));
    if (at != now.end() && at->second == std::pair(row.text(1), row.text(2))) {
      now.erase(at);  // as it was
    } else {
      ended.push_back({asset, check, row.text(0), audit});
    }
  }
  for (const auto& [subject, outcome] : now) {
    begun.push_back({asset, check, subject, outcome.first, outcome.second, audit});
  }
  TRY(
      tx.execute_many("UPDATE audit_examination SET until_audit = $4 WHERE asset = $1 "
                      "AND check_id = $2 AND subject = $3 AND until_audit = ''",
                      ended));
  return tx.execute_many(
      "INSERT INTO audit_examination (asset, check_id, subject, outcome, reason, "
      "since_audit, until_audit) VALUES ($1, $2, $3, $4, $5, $6, '')",
      begun);
}

Result<void> record_run(sql::Tx& tx, const AuditReport& report, const std::string& actor) {
  JsonArray assets(report.assets.begin(), report.assets.end());
  TRY(tx.execute(
      "INSERT INTO audit_run (id, started, duration_us, actor, assets, findings, opened, "
      "paid, retired, relapsed, report) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
      {report.id, report.started, report.duration_us, actor, to_text(Json(std::move(assets))),
       report.findings_total, report.booked.opened, report.booked.paid, report.booked.retired,
       report.booked.relapsed, to_text(to_json(report))}));
  return {};
}

Result<void> complete_run(sql::Tx& tx, const AuditReport& report) {
  TRY(tx.execute("UPDATE audit_run SET duration_us = $2, report = $3 WHERE id = $1",
                 {report.id, report.duration_us, to_text(to_json(report))}));
  return {};
}

namespace {

/// Rows read at a time where some may have to be passed over.
constexpr std::int64_t kBatch = 500;

Result<std::vector<std::string>> assets_of(const std::string& text) {
  const Json json = TRY(parse_json(text));
  std::vector<std::string> assets;
  for (const Json& asset : json.array()) assets.push_back(asset.string());
  return assets;
}

bool sees_all_of(const ledger::Scope& scope, const std::vector<std::string>& assets) {
  return std::ranges::all_of(assets, [&](const auto& asset) { return scope.sees_asset(asset); });
}

/// Audits before `after`, newest first; those that are not seen are passed over.
Result<std::vector<AuditRow>> seen_audits(sql::Tx& tx, const ledger::Scope& scope,
                                          std::string after, std::int64_t count) {
  std::vector<AuditRow> found;
  for (;;) {
    const std::int64_t batch = scope.all() ? count : kBatch;
    std::vector<sql::Value> values;
    if (!after.empty()) values.emplace_back(after);
    const auto rows = TRY(tx.query(
        "SELECT id, started, duration_us, actor, assets, findings, opened, paid, retired, relapsed "
        "FROM audit_run" +
            std::string(after.empty() ? "" : " WHERE id < $1") + " ORDER BY id DESC LIMIT " +
            std::to_string(batch),
        values));
    for (const auto& row : rows) {
      after = row.text(0);
      AuditRow audit{.id = row.text(0),
                     .actor = row.text(3),
                     .started = row.integer(1),
                     .duration_us = row.integer(2),
                     .findings = row.integer(5),
                     .opened = row.integer(6),
                     .paid = row.integer(7),
                     .retired = row.integer(8),
                     .relapsed = row.integer(9),
                     .assets = TRY(assets_of(row.text(4)))};
      if (sees_all_of(scope, audit.assets)) found.push_back(std::move(audit));
      if (static_cast<std::int64_t>(found.size()) == count) return found;
    }
    if (static_cast<std::int64_t>(rows.size()) < batch) return found;
  }
}

}  // namespace

Result<AuditPage> audit_page(sql::Tx& tx, const ledger::Scope& scope, const AuditListQuery& query) {
  if (!query.after.empty()) TRY(parse_uuid(query.after));
  AuditPage page{.audits = TRY(seen_audits(tx, scope, query.after, query.limit + 1)), .next = {}};
  if (static_cast<std::int64_t>(page.audits.size()) > query.limit) {
    page.audits.pop_back();
    page.next = page.audits.back().id;
  }
  return page;
}

Result<AuditReport> stored_report(sql::Tx& tx, const ledger::Scope& scope, const std::string& id) {
  std::string wanted = id;
  if (id == "latest") {
    const auto newest = TRY(seen_audits(tx, scope, {}, 1));
    wanted = newest.empty() ? "" : newest[0].id;
  }
  const auto rows = TRY(tx.query("SELECT report, assets FROM audit_run WHERE id = $1", {wanted}));
  if (rows.empty() || !sees_all_of(scope, TRY(assets_of(rows[0].text(1))))) {
    return fail(Code::kNotFound, "no such audit: " + sanitize_utf8(id),
                "solvent audit list shows them", "id");
  }
  return from_json<AuditReport>(TRY(parse_json(rows[0].text(0))));
}

}  // namespace solvent::audit
