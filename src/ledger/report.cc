#include "ledger/report.h"

#include <algorithm>
#include <cstdio>

#include "base/money.h"
#include "base/text.h"

namespace solvent::ledger {
namespace {

constexpr std::string_view kStyle = R"css(
:root{--ink:#1b1f24;--soft:#57606a;--line:#d0d7de;--paper:#fff;--accent:#0b5cad;--wash:#f6f8fa}
@media(prefers-color-scheme:dark){:root{--ink:#e6edf3;--soft:#9aa4af;--line:#3a424c;--paper:#0f1419;
--accent:#6cb2ff;--wash:#171d24}}
*{box-sizing:border-box}
body{margin:0 auto;max-width:68rem;padding:1.5rem;background:var(--paper);color:var(--ink);
font:14px/1.5 system-ui,sans-serif;font-variant-numeric:tabular-nums}
h1{font-size:1.3rem;margin:0}
h2{font-size:1rem;margin:2rem 0 .5rem;border-bottom:1px solid var(--line)}
.soft{color:var(--soft)}.head{display:grid;grid-template-columns:repeat(auto-fit,minmax(13rem,1fr));
gap:1rem;margin:1rem 0;padding:1rem;background:var(--wash);border:1px solid var(--line)}
.head b{display:block;font-size:1.5rem;font-weight:600}
table{border-collapse:collapse;width:100%}th,td{text-align:left;padding:.3rem .6rem .3rem 0;
vertical-align:top;border-bottom:1px solid var(--line)}th{color:var(--soft);font-weight:500}
.n{text-align:right;white-space:nowrap}code{font:12px ui-monospace,monospace;overflow-wrap:anywhere}
details{border-bottom:1px solid var(--line);padding:.35rem 0}summary{cursor:pointer;display:grid;
grid-template-columns:5.5rem 1fr 8rem 6rem 6rem 6rem;gap:.6rem}summary::marker{content:""}
.why{margin:.5rem 0 .8rem 1rem;padding-left:1rem;border-left:3px solid var(--line)}
svg text{fill:var(--ink);font:12px system-ui,sans-serif}
@media(max-width:44rem){summary{grid-template-columns:1fr 1fr}}
@media print{:root{--ink:#000;--soft:#444;--line:#bbb;--paper:#fff;--wash:#fff;--accent:#000}
body{max-width:none;padding:0;font-size:10.5px}details{break-inside:avoid}
details::details-content{content-visibility:visible;block-size:auto}tr,.head{break-inside:avoid}}
)css";

std::string cell(std::string_view text) {
  return html_escape(sanitize_utf8(text));
}

std::string amount(std::int64_t seconds, const std::optional<std::int64_t>& minor,
                   const std::string& currency) {
  std::string out = format_labour(seconds);
  if (minor && !currency.empty()) out += " · " + cell(format_money(*minor, currency));
  return out;
}

std::string interval(const Total& total) {
  return format_labour(total.p10_s) + " – " + format_labour(total.p90_s);
}

std::string payback(const std::optional<double>& months) {
  if (!months) return "never";
  char text[32];
  std::snprintf(text, sizeof text, "%.1f months", *months);
  return text;
}

std::string owner_of(const Debt& debt) {
  return debt.owner.empty() ? "unowned" : debt.owner;
}

std::string headline(const Statement& s) {
  std::string out = "<div class=head><div><span class=soft>Owed</span><b>";
  out += amount(s.principal.mean_s, s.principal.mean_minor, s.currency) + "</b>80 %: ";
  out += interval(s.principal) + "</div><div><span class=soft>Interest a month</span><b>";
  out += amount(s.interest.mean_s, s.interest.mean_minor, s.currency) + "</b>80 %: ";
  out += interval(s.interest) + "</div><div><span class=soft>Months to bankruptcy</span><b>";
  out += s.bankruptcy_months ? payback(s.bankruptcy_months) : "not told";
  out += "</b>" + cell(s.bankruptcy_missing) + "</div><div><span class=soft>Debts</span><b>";
  out += with_thousands(s.open_debts) + " open</b>" + with_thousands(s.accepted_debts) +
         " accepted, " + with_thousands(s.paid_debts) + " paid, " +
         with_thousands(s.retired_debts) + " retired, " + with_thousands(s.written_off_debts) +
         " written off</div></div>";
  out += "<p class=soft>Prices: " + cell(s.basis) + ". Rate: " + cell(s.rate) +
         ". Intervals: " + cell(s.correlation) + ".</p>";
  return out;
}

/// One bar a kind of debt, summed over teams and systems, labelled directly, zero-based.
std::string account_bars(const Statement& s) {
  std::vector<AccountRow> kinds;
  for (const auto& row : s.accounts) {
    auto found = std::ranges::find(kinds, row.kind, &AccountRow::kind);
    if (found == kinds.end()) found = kinds.insert(kinds.end(), AccountRow{.kind = row.kind});
    found->principal_s += row.principal_s;
    found->debts += row.debts;
  }
  if (kinds.empty()) return {};
  std::ranges::sort(kinds, std::ranges::greater(), &AccountRow::principal_s);
  const double most = std::max<double>(1, static_cast<double>(kinds.front().principal_s));
  std::string out = "<svg role=img aria-label=\"Owed by kind\" width=\"100%\" viewBox=\"0 0 680 " +
                    std::to_string(kinds.size() * 22 + 4) + "\">";
  int y = 14;
  for (const auto& row : kinds) {
    const int width = static_cast<int>(340 * static_cast<double>(row.principal_s) / most);
    const std::string top = std::to_string(y - 11), base = std::to_string(y);
    out += "<text x=0 y=" + base + ">" + cell(row.kind) + "</text><rect x=160 y=" + top +
           " height=14 width=" + std::to_string(std::max(width, 1)) +
           " fill=\"var(--accent)\"/><text x=" + std::to_string(168 + width) + " y=" + base + ">" +
           format_labour(row.principal_s) + ", " + with_thousands(row.debts) + " debts</text>";
    y += 22;
  }
  return out + "</svg>";
}

std::string dearest_table(const Statement& s) {
  std::string out =
      "<table><thead><tr><th>Debt<th>Where<th>Owner<th class=n>Costs a month<th class=n>To pay"
      "<th class=n>Payback<th>What pays it</thead><tbody>";
  for (const auto& debt : s.dearest) {
    out += "<tr><td>" + cell(debt.title) + "<td><code>" + cell(debt.asset) + " / " +
           cell(debt.subject) + "</code><td>" + cell(owner_of(debt)) + "<td class=n>" +
           amount(debt.interest_s, debt.interest_minor, s.currency) + "<td class=n>" +
           amount(debt.principal_s, debt.principal_minor, s.currency) + "<td class=n>" +
           payback(debt.payback_months) + "<td>" +
           (debt.fix.empty() ? "by hand" : "<code>" + cell(debt.fix) + "</code>");
  }
  return out + "</tbody></table>";
}

std::string price_line(std::string_view name, const Price& price) {
  return "<p><b>" + std::string(name) + "</b> " + format_labour(price.mean_s) + " booked (median " +
         format_labour(price.p50_s) + ", 80 %: " + format_labour(price.p10_s) + " – " +
         format_labour(price.p90_s) + "), " + cell(price.basis) + ": " + cell(price.derivation) +
         "</p>";
}

std::string place_of(const FindingRow& finding) {
  std::string out = cell(finding.path);
  if (finding.cell > 0) out += " cell " + std::to_string(finding.cell);
  if (finding.line > 0) out += ":" + std::to_string(finding.line);
  if (out.empty()) out = cell(finding.item);
  return out;
}

std::string debt_details(const DebtDetail& detail) {
  const Debt& debt = detail.debt;
  std::string out = "<details><summary><code>" + cell(debt.id) + "</code><span>" +
                    cell(debt.title) + " <code>" + cell(debt.subject) + "</code></span><span>" +
                    cell(owner_of(debt)) + "</span><span class=n>" +
                    format_labour(debt.principal_s) + "</span><span class=n>" +
                    format_labour(debt.interest_s) + "</span><span>" + cell(debt.state) +
                    (debt.stale ? ", stale" : "") + "</span></summary><div class=why>";
  out += "<p>" + cell(detail.question) + " <span class=soft>" + cell(detail.source) +
         "</span></p><ul>";
  for (const auto& finding : detail.findings)
    out += "<li><code>" + place_of(finding) + "</code> " + cell(finding.message);
  const auto hidden = detail.findings_total - static_cast<std::int64_t>(detail.findings.size());
  if (hidden > 0)
    out += "<li>… and " + with_thousands(hidden) + " more; <code>solvent debt show " +
           cell(debt.id) + " --set ledger.findings_shown=" + std::to_string(detail.findings_total) +
           "</code> shows all";
  out += "</ul>" + price_line("To pay:", detail.principal) +
         price_line("A month unpaid:", detail.interest);
  out += "<p><b>Pay:</b> " + (debt.fix.empty() ? "" : "<code>" + cell(debt.fix) + "</code> ") +
         cell(detail.advice) + "</p><p class=soft>";
  for (const auto& entry : detail.history)
    out += cell(format_date(entry.effective_at)) + " " + cell(entry.kind) + " " +
           format_labour(entry.amount_s) + (entry.memo.empty() ? "" : ", " + cell(entry.memo)) +
           ". ";
  return out + "</p></div></details>";
}

}  // namespace

std::string render_report(const ReportContext& context, const Statement& statement,
                          std::span<const DebtDetail> debts) {
  std::string out =
      "<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport "
      "content=\"width=device-width\"><meta http-equiv=Content-Security-Policy "
      "content=\"default-src 'none';style-src 'unsafe-inline'\"><title>Solvent: " +
      cell(context.workspace) + "</title><style>" + std::string(kStyle) +
      "</style><h1>Statement of " + cell(context.workspace) + "</h1><p class=soft>As of " +
      cell(format_time(statement.as_of)) + ", by " + cell(context.program) + "</p>";
  out += headline(statement);
  out += "<h2>Owed by kind</h2>" + account_bars(statement);
  out += "<h2>What to pay first, by payback</h2>" + dearest_table(statement);
  out +=
      "<h2>Every debt</h2><p class=soft>debt, where, owner, to pay, a month, state; a row opens "
      "to its evidence, price and history</p>";
  for (const auto& detail : debts) out += debt_details(detail);
  if (const auto hidden = context.debts_total - static_cast<std::int64_t>(debts.size()); hidden > 0)
    out += "<p>… and " + with_thousands(hidden) + " more debts of " +
           with_thousands(context.debts_total) +
           "; <code>solvent report --set report.debts_max=" + std::to_string(context.debts_total) +
           "</code> shows all.</p>";
  if (debts.empty() && context.debts_total == 0)
    out += "<p>Nothing is owed. <code>solvent audit PATH</code> looks again.</p>";
  return out + "</html>\n";
}

}  // namespace solvent::ledger
