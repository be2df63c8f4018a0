/// What an audit is asked and what it answers: described structs.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/describe.h"
#include "ledger/requests.h"
#include "ledger/types.h"

namespace solvent::audit {

/// `solvent audit run`: POST /api/audits.
struct AuditRequest {
  std::vector<LocalTree> trees;
  std::vector<LocalFile> files;
  std::vector<std::string> datasets, compare;
  bool graph = false;
  std::vector<std::string> checks;
  std::string asset, target, sliced_by;
  std::vector<std::string> keys;
  bool moved = false, dry_run = false, unproven = false;
  static constexpr std::string_view kName = "AuditRequest";
  template <class V>
  void describe(V& v) {
    v.field("trees", trees, "source trees to look at");
    v.field("files", files, "data files to look at as they are, without versioning them");
    v.field("datasets", datasets, "data sets to look at: name, or name@version");
    v.field("compare", compare, "pairs of versions: name@before..after");
    v.field("graph", graph, "look at the workspace's assets and their owners and readers");
    v.field("checks", checks, "only these checks; globs as in code/*");
    v.field("asset", asset, "name of the tree or file; its own name when not given",
            {.optional = true});
    v.field("moved", moved, "the tree or file lies here from now on, and keeps its books");
    v.field("target", target, "column to be predicted", {.optional = true});
    v.field("sliced_by", sliced_by, "column by which two versions were cut", {.optional = true});
    v.field("keys", keys, "columns that identify a row");
    v.field("dry_run", dry_run, "look and price, but book nothing");
    v.field("unproven", unproven,
            "show what rules find whose precision nobody has measured yet; never booked");
  }
};

/// What a rule finds whose precision is not measured: counted, shown when asked for, never booked.
struct Unproven {
  std::string check, title, asset;
  std::int64_t findings = 0, subjects = 0;
  static constexpr std::string_view kName = "Unproven";
  template <class V>
  void describe(V& v) {
    v.field("check", check, "check");
    v.field("title", title, "what it looks for", {.wide = true});
    v.field("asset", asset, "on what");
    v.field("findings", findings, "findings");
    v.field("subjects", subjects, "in so many subjects");
  }
};

/// One check on one asset.
struct CheckRun {
  std::string check, title, asset, problem;
  std::int64_t examined = 0, failed = 0, skipped = 0, findings = 0, duration_us = 0;
  bool cached = false;
  static constexpr std::string_view kName = "CheckRun";
  template <class V>
  void describe(V& v) {
    v.field("check", check, "check");
    v.field("title", title, "what it looks for", {.wide = true});
    v.field("asset", asset, "on what");
    v.field("examined", examined, "subjects looked at");
    v.field("failed", failed, "subjects it could not look at");
    v.field("skipped", skipped, "subjects left out");
    v.field("findings", findings, "findings");
    v.field("duration_us", duration_us, "how long", {.unit = Unit::kDurationUs});
    v.field("cached", cached, "answer of an earlier audit of equal input", {.wide = true});
    v.field("problem", problem, "why subjects failed or were left out");
  }
};

struct AuditFinding {
  std::string check, asset, subject, item, path, message, change;
  std::int64_t line = 0, cell = 0;
  double confidence = 1;
  Json evidence;
  static constexpr std::string_view kName = "AuditFinding";
  template <class V>
  void describe(V& v) {
    v.field("check", check, "check");
    v.field("asset", asset, "asset", {.wide = true});
    v.field("subject", subject, "subject");
    v.field("item", item, "what inside it");
    v.field("path", path, "file", {.unit = Unit::kPath, .wide = true});
    v.field("line", line, "line, from 1; 0 when not said");
    v.field("cell", cell, "notebook cell, from 1; 0 when not said", {.wide = true});
    v.field("message", message, "what was found");
    v.field("change", change, "new, known, or unproven: not booked");
    v.field("confidence", confidence, "0 to 1", {.wide = true});
    v.field("evidence", evidence, "numbers behind it", {.wide = true});
  }
};

struct AuditReport {
  std::string id;
  TimeUs started = 0;
  std::int64_t duration_us = 0;
  bool dry_run = false;
  std::vector<std::string> assets;
  std::vector<CheckRun> checks;
  ledger::Booked booked;
  std::int64_t findings_total = 0;
  std::vector<AuditFinding> findings;    ///< at most `audit.findings_shown`
  std::vector<Unproven> unproven;        ///< rules that found something, most findings first
  std::vector<std::string> over_policy;  ///< what the policy.* settings do not allow
  std::int64_t debts_total = 0;
  std::vector<ledger::Debt> debts;    ///< owed by these assets, costliest a month first
  ledger::Total principal, interest;  ///< of everything on the books afterwards
  std::vector<std::string> notes;     ///< what was left out, and why
  static constexpr std::string_view kName = "AuditReport";
  template <class V>
  void describe(V& v) {
    v.field("id", id, "audit");
    v.field("started", started, "when", {.unit = Unit::kTime});
    v.field("duration_us", duration_us, "how long", {.unit = Unit::kDurationUs});
    v.field("dry_run", dry_run, "nothing was booked");
    v.field("assets", assets, "what was looked at");
    v.field("checks", checks, "checks that ran");
    v.field("booked", booked, "what changed on the books");
    v.field("findings_total", findings_total, "findings in all");
    v.field("findings", findings, "findings, the first of them");
    v.field("unproven", unproven, "what rules found that are not proven; not booked");
    v.field("over_policy", over_policy, "what the policy does not allow; none when it is kept");
    v.field("debts_total", debts_total, "debts of these assets in all");
    v.field("debts", debts, "debts of these assets, the costliest a month first");
    v.field("principal", principal, "owed on the whole ledger");
    v.field("interest", interest, "a month, on the whole ledger");
    v.field("notes", notes, "what was left out, and why");
  }
};

struct AuditRow {
  std::string id, actor;
  TimeUs started = 0;
  std::int64_t duration_us = 0, findings = 0, opened = 0, paid = 0, retired = 0, relapsed = 0;
  std::vector<std::string> assets;
  static constexpr std::string_view kName = "Audit";
  template <class V>
  void describe(V& v) {
    v.field("id", id, "audit");
    v.field("started", started, "when", {.unit = Unit::kTime});
    v.field("duration_us", duration_us, "how long", {.unit = Unit::kDurationUs});
    v.field("actor", actor, "who ran it");
    v.field("assets", assets, "what was looked at");
    v.field("findings", findings, "findings");
    v.field("opened", opened, "new debts");
    v.field("paid", paid, "debts paid");
    v.field("retired", retired, "debts whose subject is gone");
    v.field("relapsed", relapsed, "debts found again");
  }
};
struct AuditListQuery {
  std::int64_t limit = 50;
  std::string after;
  static constexpr std::string_view kName = "AuditListQuery";
  template <class V>
  void describe(V& v) {
    v.field("limit", limit, "rows a page", {.min = 1, .max = 1000});
    v.field("after", after, "cursor from the page before", {.optional = true});
  }
};
struct AuditPage {
  std::vector<AuditRow> audits;
  std::string next;
  static constexpr std::string_view kName = "AuditPage";
  template <class V>
  void describe(V& v) {
    v.field("audits", audits, "newest first");
    v.field("next", next, "cursor of the next page; empty on the last");
  }
};
/// `solvent check list`: GET /api/checks. One check as people read about it.
struct CheckView {
  std::string id, title, question, kind, input, source, advice, fix, prior_source;
  std::int64_t version = 1;
  ledger::Price principal, interest;  ///< of one finding, exposure 1
  std::optional<double> precision;
  std::int64_t precision_n = 0;
  std::string standing;
  Json parameters;
  static constexpr std::string_view kName = "Check";
  template <class V>
  void describe(V& v) {
    v.field("id", id, "check");
    v.field("title", title, "what it looks for");
    v.field("question", question, "what it asks", {.wide = true});
    v.field("kind", kind, "kind of debt");
    v.field("input", input, "what it looks at");
    v.field("version", version, "version of its answers", {.wide = true});
    v.field("principal", principal, "price of paying one finding", {.wide = true});
    v.field("interest", interest, "price of a month of not paying", {.wide = true});
    v.field("prior_source", prior_source, "where the prices come from", {.wide = true});
    v.field("source", source, "where the question comes from", {.wide = true});
    v.field("advice", advice, "what to do", {.wide = true});
    v.field("fix", fix, "the command that pays it; empty where only a person can",
            {.unit = Unit::kCommand});
    v.field("precision", precision, "measured, lower bound", {.unit = Unit::kRatio, .wide = true});
    v.field("precision_n", precision_n, "findings it was measured on", {.wide = true});
    v.field("standing", standing, "proven: booked; unproven: told of; refuted: off",
            {.choices = {"proven", "unproven", "refuted"}});
    v.field("parameters", parameters, "parameters with their defaults", {.wide = true});
  }
};
struct CheckList {
  std::vector<CheckView> checks;
  static constexpr std::string_view kName = "CheckList";
  template <class V>
  void describe(V& v) {
    v.field("checks", checks, "every check, by id");
  }
};
struct CheckShowRequest {
  std::string id;
  static constexpr std::string_view kName = "CheckShowRequest";
  template <class V>
  void describe(V& v) {
    v.field("id", id, "check, as in code/unpinned-dependencies");
  }
};

struct AuditShowRequest {
  std::string id;
  static constexpr std::string_view kName = "AuditShowRequest";
  template <class V>
  void describe(V& v) {
    v.field("id", id, "audit, or \"latest\"");
  }
};

}  // namespace solvent::audit
