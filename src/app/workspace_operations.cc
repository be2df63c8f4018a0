#include "app/workspace_operations.h"

#include "app/version.h"
#include "base/text.h"
#include "identity/audit.h"
#include "ledger/report.h"
#include "ledger/scope.h"

namespace solvent::app {
namespace {

constexpr std::size_t kPiece = 1u << 18;

std::string_view type_name(SettingType type) {
  switch (type) {
    case SettingType::kBool: return "yes or no";
    case SettingType::kInt: return "whole number";
    case SettingType::kNumber: return "number";
    case SettingType::kText: return "text";
    case SettingType::kList: return "list";
    case SettingType::kMap: return "table";
  }
  return "text";
}

Result<SettingList> settings(const Settings& settings) {
  SettingList list;
  for (const auto& setting : settings.table()) {
    const auto& value = settings.value(setting.key);
    std::string shown = value.value.is_string() ? value.value.string() : to_text(value.value);
    if (setting.secret) shown = shown.empty() ? "" : "(set)";
    list.settings.push_back({.key = setting.key,
                             .value = std::move(shown),
                             .origin = value.origin,
                             .type = std::string(type_name(setting.type)),
                             .doc = setting.doc,
                             .variable = environment_name(setting.key)});
  }
  return list;
}

/// Text as a stream of pieces.
op::ByteStream stream_of(std::string content_type, std::string file_name, std::string text) {
  const auto held = std::make_shared<const std::string>(std::move(text));
  return {.content_type = std::move(content_type),
          .file_name = std::move(file_name),
          .size = held->size(),
          .next = [held, at = std::size_t{0}]() mutable -> Result<std::string> {
            std::string piece = held->substr(at, kPiece);
            at += piece.size();
            return piece;
          }};
}

/// Everything in it is of one date: that of the statement.
Result<op::Reply> report(Workspace& workspace, ledger::Ledger& ledger, const op::Request& request,
                         const op::Caller& caller) {
  const auto asked = TRY(from_json<ReportRequest>(request.params));
  const auto statement = TRY(ledger.statement(caller, {.as_of = asked.as_of, .team = asked.team}));
  const std::string as_of = format_time(statement.as_of);
  const auto shown_max = static_cast<std::size_t>(workspace.settings().integer("report.debts_max"));
  std::vector<ledger::DebtDetail> debts;
  std::int64_t total = 0;
  ledger::DebtQuery query{.team = asked.team, .limit = 500, .as_of = as_of};
  do {
    const auto page = TRY(ledger.debts(caller, query));
    total = page.total;
    for (const auto& debt : page.debts) {
      if (debts.size() == shown_max) break;
      TRY(request.cancel->check());
      request.progress({.stage = "report",
                        .fraction = static_cast<double>(debts.size()) /
                                    static_cast<double>(std::max<std::int64_t>(1, page.total)),
                        .detail = debt.id});
      debts.push_back(TRY(ledger.debt(caller, {.id = debt.id, .as_of = as_of})));
    }
    query.after = page.next;
  } while (!query.after.empty() && debts.size() < shown_max);
  return op::Reply(stream_of("text/html; charset=utf-8", "report.html",
                             ledger::render_report({.workspace = workspace.name(),
                                                    .program = "solvent " + std::string(kVersion),
                                                    .debts_total = total},
                                                   statement, debts)));
}

/// One row of the access log, alone in its transaction: for what reads everything.
Result<void> log_access(Workspace& workspace, const op::Caller& caller, std::string_view action) {
  const auto stamp = identity::audit_stamp(workspace.with().clock, workspace.with().random);
  return workspace.database().write([&](sql::Tx& tx) {
    return identity::audit_row(tx, stamp, caller, action, "workspace", JsonObject{});
  });
}

Result<SoundnessReport> verify(Workspace& workspace, ledger::Ledger& ledger,
                               const op::Request& request, const op::Caller& caller) {
  TRY(ledger::must_see_all(caller, "a proof of everything"));
  TRY(log_access(workspace, caller, "workspace verify"));
  SoundnessReport report;
  if (const auto sound = workspace.database().verify(); !sound)
    report.problems.push_back("database: " + sound.error().message);
  const auto stored = TRY(workspace.store().verify([&](double fraction) {
    request.progress({.stage = "verify the store", .fraction = fraction});
  }));
  report.chunks = stored.chunks;
  report.bytes = stored.bytes;
  for (const auto& problem : stored.problems) report.problems.push_back("store: " + problem);
  const auto books = TRY(ledger.verify(caller));
  report.entries = books.entries;
  report.debts = books.debts;
  for (const auto& problem : books.problems) report.problems.push_back("ledger: " + problem);
  report.sound = report.problems.empty();
  return report;
}

/// A consistent snapshot of the database, for a backup of a workspace that a server holds.
Result<op::Reply> snapshot(Workspace& workspace, const op::Caller& caller) {
  TRY(ledger::must_see_all(caller, "a snapshot"));
  TRY(log_access(workspace, caller, "workspace snapshot"));
  auto directory = std::make_shared<TempDirectory>(TRY(TempDirectory::create("solvent-snapshot-")));
  const std::string path = join_path(directory->path(), "database.snapshot");
  TRY(workspace.database().snapshot(path));
  std::shared_ptr<File> file = TRY(posix_files().open(path, OpenMode::kRead));
  const std::uint64_t size = TRY(file->size());
  return op::Reply(op::ByteStream{
      .file_name = "database.snapshot",
      .size = size,
      .next = [directory, file, at = std::uint64_t{0}]() mutable -> Result<std::string> {
        std::string piece(kPiece, '\0');
        const std::size_t count =
            TRY(file->read_at(at, {reinterpret_cast<std::uint8_t*>(piece.data()), piece.size()}));
        piece.resize(count);
        at += count;
        return piece;
      }});
}

}  // namespace

const std::vector<op::OperationSpec>& workspace_operation_specs() {
  static const std::vector<op::OperationSpec> specs = {
      {.noun = "settings",
       .verb = "list",
       .method = "GET",
       .path = "/api/settings",
       .summary = "List every setting, its value here and where that comes from",
       .examples = {{"solvent settings", "all of them"}},
       .request = &spec_of<Empty>(),
       .result = &spec_of<SettingList>(),
       .default_verb = true},
      {.noun = "report",
       .verb = "write",
       .method = "GET",
       .path = "/api/report",
       .summary = "Write the statement as one HTML file that prints well",
       .examples = {{"solvent report --output report.html", "everything that is owed"},
                    {"solvent report --team risk --output risk.html", "what one team owes"}},
       .request = &spec_of<ReportRequest>(),
       .result = &spec_of<Empty>(),
       .default_verb = true,
       .progress = true},
      {.noun = "workspace",
       .verb = "verify",
       .method = "POST",
       .path = "/api/workspace/verify",
       .role = op::Role::kEditor,
       .summary = "Read everything back: database, stored bytes, books",
       .examples = {{"solvent workspace verify", "names what does not match"}},
       .request = &spec_of<Empty>(),
       .result = &spec_of<SoundnessReport>(),
       .progress = true},
      {.noun = "workspace",
       .verb = "snapshot",
       .method = "POST",
       .path = "/api/workspace/snapshot",
       .role = op::Role::kAdmin,
       .summary = "Write a consistent snapshot of the database (solvent backup uses it)",
       .examples = {{"solvent workspace snapshot --output database.snapshot",
                     "while it is in use"}},
       .request = &spec_of<Empty>(),
       .result = &spec_of<Empty>()},
  };
  return specs;
}

std::vector<op::Handler> bind_workspace(Workspace& workspace, ledger::Ledger& ledger) {
  return {
      op::handler<Empty, SettingList>("settings list",
                                      [&](const Empty&, const op::Request&, const op::Caller&) {
                                        return settings(workspace.settings());
                                      }),
      {.id = "report write",
       .call =
           [&](const op::Request& request, const op::Caller& caller) {
             return report(workspace, ledger, request, caller);
           }},
      op::handler<Empty, SoundnessReport>(
          "workspace verify",
          [&](const Empty&, const op::Request& request, const op::Caller& caller) {
            return verify(workspace, ledger, request, caller);
          }),
      {.id = "workspace snapshot",
       .call = [&](const op::Request&,
                   const op::Caller& caller) { return snapshot(workspace, caller); }},
  };
}

}  // namespace solvent::app
