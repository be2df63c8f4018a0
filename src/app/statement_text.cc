#include "app/statement_text.h"

#include <algorithm>
#include <cstdio>

#include "audit/types.h"
#include "base/money.h"
#include "base/text.h"
#include "ledger/types.h"
#include "remedies/code/types.h"

namespace solvent::app {
namespace {

constexpr std::size_t kFindingsShown = 40;

class Painter {
 public:
  explicit Painter(const op::RenderOptions& options) : options_(options) {}
  std::string bold(std::string_view text) const { return paint("1", text); }
  std::string soft(std::string_view text) const { return paint("2", text); }
  std::string clean(std::string_view text) const {
    std::string out = sanitize_utf8(text);
    std::ranges::replace_if(out, [](unsigned char c) { return c < 0x20 || c == 0x7f; }, ' ');
    return out;
  }

 private:
  std::string paint(const char* code, std::string_view text) const {
    if (!options_.colour) return std::string(text);
    return "\x1b[" + std::string(code) + "m" + std::string(text) + "\x1b[0m";
  }
  const op::RenderOptions& options_;
};

std::string amount(std::int64_t seconds, const std::optional<std::int64_t>& minor,
                   const std::string& currency) {
  std::string out = format_labour(seconds);
  if (minor && !currency.empty()) out += " · " + format_money(*minor, currency);
  return out;
}

std::string months(const std::optional<double>& value) {
  if (!value) return "never";
  char text[32];
  std::snprintf(text, sizeof text, *value < 10 ? "%.1f months" : "%.0f months", *value);
  return text;
}

std::string spread(const ledger::Total& total) {
  return "80 %: " + format_labour(total.p10_s) + " to " + format_labour(total.p90_s);
}

std::string plural(std::int64_t count, std::string_view one, std::string_view many = {}) {
  return with_thousands(count) + " " +
         (count == 1     ? std::string(one)
          : many.empty() ? std::string(one) + "s"
                         : std::string(many));
}

std::string dearest(const ledger::Statement& s, const Painter& paint) {
  std::string out = "\n" + paint.bold("What to pay first") + paint.soft(", by payback") + "\n";
  int rank = 1;
  for (const auto& debt : s.dearest) {
    out += std::to_string(rank++) + ". " + paint.bold(paint.clean(debt.title)) + "  " +
           paint.clean(debt.asset) + " / " + paint.clean(debt.subject) + "\n   owner " +
           (debt.owner.empty() ? "unowned" : paint.clean(debt.owner)) + ", costs " +
           amount(debt.interest_s, debt.interest_minor, s.currency) + " a month, " +
           amount(debt.principal_s, debt.principal_minor, s.currency) + " to pay, payback " +
           months(debt.payback_months) + "\n   pay:  " +
           (debt.fix.empty() ? std::string("by hand, see why") : paint.clean(debt.fix)) +
           "\n   why:  " + "solvent debt show " + debt.id + "\n";
  }
  return out;
}

std::string statement_text(const ledger::Statement& s, const op::RenderOptions& options) {
  const Painter paint(options);
  if (s.open_debts + s.accepted_debts + s.paid_debts + s.retired_debts + s.written_off_debts == 0)
    return "Nothing is booked yet.\nnext:  solvent audit PATH\n";
  std::string out =
      paint.bold("Owed      " + amount(s.principal.mean_s, s.principal.mean_minor, s.currency)) +
      "   " + paint.soft(spread(s.principal)) + "\n" +
      paint.bold("Interest  " + amount(s.interest.mean_s, s.interest.mean_minor, s.currency) +
                 " a month") +
      "   " + paint.soft(spread(s.interest)) + "\n";
  out += "Debts     " + with_thousands(s.open_debts) + " open, " +
         with_thousands(s.accepted_debts) + " accepted, " + with_thousands(s.paid_debts) +
         " paid, " + with_thousands(s.retired_debts) + " retired, " +
         with_thousands(s.written_off_debts) + " written off\n";
  out += "Months to bankruptcy: " +
         (s.bankruptcy_months ? months(s.bankruptcy_months)
                              : "not told; " + paint.clean(s.bankruptcy_missing)) +
         "\n" + paint.soft("Prices: " + s.basis + ". Rate: " + s.rate + ".") + "\n";
  if (!s.dearest.empty()) out += dearest(s, paint);
  Json accounts;
  for (const auto& row : s.accounts) accounts.push(to_json(row));
  if (!s.accounts.empty()) {
    Json table;
    table.set("accounts", accounts);
    static const StructSpec spec{"Accounts", {*spec_of<ledger::Statement>().find("accounts")}};
    out += "\n" + op::render(table, spec, options);
  }
  return out;
}

std::string place(const audit::AuditFinding& finding) {
  std::string out = finding.path.empty() ? finding.subject : finding.path;
  if (finding.cell > 0) out += " cell " + std::to_string(finding.cell);
  if (finding.line > 0) out += ":" + std::to_string(finding.line);
  if (finding.path.empty() && !finding.item.empty()) out += "." + finding.item;
  return out;
}

std::string findings_text(const audit::AuditReport& report, const Painter& paint) {
  std::string out, check;
  std::size_t shown = 0;
  for (const auto& finding : report.findings) {
    if (shown++ == kFindingsShown) break;
    if (finding.check != check) {
      check = finding.check;
      const auto run = std::ranges::find(report.checks, check, &audit::CheckRun::check);
      const auto rule = std::ranges::find(report.unproven, check, &audit::Unproven::check);
      const std::string title = run != report.checks.end()      ? run->title
                                : rule != report.unproven.end() ? rule->title
                                                                : check;
      out += "\n" + paint.bold(paint.clean(title)) + "  " + paint.soft(check) + "\n";
    }
    out += "  " + paint.clean(place(finding)) + "  " + paint.clean(finding.message) + "\n";
  }
  const auto kept = static_cast<std::int64_t>(report.findings.size());
  const auto left = report.findings_total - std::min<std::int64_t>(kept, kFindingsShown);
  if (left > 0)
    out += "  … and " + plural(left, "more finding") +
           (kept == report.findings_total ? "; --json shows all\n"
                                          : "; --json shows the first " + with_thousands(kept) +
                                                ", audit.findings_shown says how many are kept\n");
  return out;
}

std::string audit_text(const audit::AuditReport& report, const op::RenderOptions& options,
                       bool brief) {
  const Painter paint(options);
  std::string out;
  if (!brief) out += findings_text(report, paint) + (report.findings.empty() ? "" : "\n");
  std::int64_t examined = 0;
  for (const auto& run : report.checks) {
    examined += run.examined;
    if (run.failed > 0 || (!run.problem.empty() && run.skipped > 0))
      out += paint.clean(run.check) + ": " + plural(run.failed, "subject") + " failed, " +
             with_thousands(run.skipped) + " left out: " + paint.clean(run.problem) + "\n";
  }
  std::int64_t unproven = 0;
  for (const auto& rule : report.unproven) unproven += rule.findings;
  if (unproven > 0)
    out += plural(unproven, "finding") + " of " +
           plural(static_cast<std::int64_t>(report.unproven.size()), "rule") +
           " not proven yet: not priced, not booked; --unproven shows them\n";
  for (const auto& note : report.notes) out += "note: " + paint.clean(note) + "\n";
  out += paint.bold(plural(report.findings_total, "finding")) + " in " +
         paint.clean(join(report.assets, ", ")) + "; looked at " + plural(examined, "subject") +
         " in " + std::to_string((report.duration_us + 999) / 1000) + " ms\n";
  const auto& b = report.booked;
  if (report.dry_run) {
    out += "Nothing was booked (dry run).\n";
  } else {
    out += "Debts: " + with_thousands(b.opened) + " new, " + with_thousands(b.relapsed) +
           " relapsed, " + with_thousands(b.paid) + " paid, " + with_thousands(b.retired) +
           " retired, " + with_thousands(b.unchanged + b.repriced) + " known";
    if (b.stale > 0) out += ", " + with_thousands(b.stale) + " stale";
    out += "\n";
  }
  out += "Owed now: " + format_labour(report.principal.mean_s) + ", interest " +
         format_labour(report.interest.mean_s) + " a month.   " +
         paint.soft("solvent ledger shows what to pay first") + "\n";
  for (const auto& over : report.over_policy)
    out += paint.bold("Over policy: ") + paint.clean(over) + "\n";
  return out;
}

std::string price_text(std::string_view name, const ledger::Price& price, const Painter& paint) {
  return std::string(name) + format_labour(price.mean_s) + " booked (median " +
         format_labour(price.p50_s) + ", 80 %: " + format_labour(price.p10_s) + " to " +
         format_labour(price.p90_s) + "), " + paint.clean(price.basis) + "\n           " +
         paint.clean(price.derivation) + "\n";
}

std::string debt_text(const ledger::DebtDetail& detail, const op::RenderOptions& options) {
  const Painter paint(options);
  const auto& debt = detail.debt;
  std::string out = paint.bold(paint.clean(debt.title)) + "  " + paint.clean(debt.asset) + " / " +
                    paint.clean(debt.subject) + "\n";
  out += "State      " + paint.bold(debt.state) + (debt.stale ? " (stale)" : "") + ", owner " +
         (debt.owner.empty() ? "unowned" : paint.clean(debt.owner)) +
         (debt.owner_origin.empty() ? "" : " (" + paint.clean(debt.owner_origin) + ")") + "\n";
  if (debt.accepted_until != 0)
    out +=
        "Accepted   " +
        (debt.accepted_by.empty() ? std::string() : "by " + paint.clean(debt.accepted_by) + " ") +
        "until " + format_date(debt.accepted_until) +
        (debt.accepted_reason.empty() ? "" : ": " + paint.clean(debt.accepted_reason)) + "\n";
  out += "Question   " + paint.clean(detail.question) + "\n           " +
         paint.soft(paint.clean(detail.source)) + "\n";
  out += price_text("To pay     ", detail.principal, paint);
  out += price_text("A month    ", detail.interest, paint);
  out += "Payback    " + months(debt.payback_months) + "\n";
  out += "Pay        " + (debt.fix.empty() ? "" : paint.clean(debt.fix) + "\n           ") +
         paint.clean(detail.advice) + "\n";
  out += "\n" + paint.bold("Evidence") + "\n";
  for (const auto& finding : detail.findings) {
    out += "  ";
    if (!finding.path.empty()) out += paint.clean(finding.path);
    if (finding.cell > 0) out += " cell " + std::to_string(finding.cell);
    if (finding.line > 0) out += ":" + std::to_string(finding.line);
    out += "  " + paint.clean(finding.message) +
           (finding.state == "open" ? "" : "  [" + paint.clean(finding.state) + "]") + "  " +
           paint.soft(finding.id) + "\n";
  }
  const auto hidden = detail.findings_total - static_cast<std::int64_t>(detail.findings.size());
  if (hidden > 0)
    out += "  … and " + plural(hidden, "more finding") +
           "; --set ledger.findings_shown=" + std::to_string(detail.findings_total) +
           " shows all\n";
  out += "\n" + paint.bold("History") + "\n";
  for (const auto& entry : detail.history)
    out += "  " + format_date(entry.effective_at) + "  " + paint.clean(entry.kind) + "  " +
           format_labour(entry.amount_s) + "  " + paint.clean(entry.memo) + "\n";
  return out;
}

std::string fix_text(const remedies::code::FixResult& fix, const op::RenderOptions& options) {
  const Painter paint(options);
  std::string out;
  for (const auto line : split_lines(fix.diff)) out += paint.clean(line) + "\n";
  out += paint.bold(fix.effect) + ": " + paint.clean(fix.summary) + "\n";
  for (const auto& left : fix.skipped)
    out += "left: " + paint.clean(left.item) + ", " + paint.clean(left.reason) + "\n";
  if (!fix.next.empty()) out += "next:  " + paint.clean(fix.next) + "\n";
  return out;
}

}  // namespace

Result<std::optional<std::string>> text_of(const op::OperationSpec& spec, const Json& result,
                                           const op::RenderOptions& options, bool brief) {
  using Text = std::optional<std::string>;
  if (options.wide) return Text();
  if (spec.result == &spec_of<ledger::Statement>())
    return Text(statement_text(TRY(from_json<ledger::Statement>(result)), options));
  if (spec.result == &spec_of<audit::AuditReport>())
    return Text(audit_text(TRY(from_json<audit::AuditReport>(result)), options, brief));
  if (spec.result == &spec_of<ledger::DebtDetail>())
    return Text(debt_text(TRY(from_json<ledger::DebtDetail>(result)), options));
  if (spec.result == &spec_of<remedies::code::FixResult>())
    return Text(fix_text(TRY(from_json<remedies::code::FixResult>(result)), options));
  return Text();
}

}  // namespace solvent::app
