/// Operations on the workspace as a whole: its settings, its report, its soundness, its snapshot.
#pragma once

#include <string>
#include <vector>

#include "app/workspace.h"
#include "base/describe.h"
#include "ledger/ledger.h"
#include "op/operation.h"

namespace solvent::app {

struct SettingRow {
  std::string key, value, origin, type, doc, variable;
  static constexpr std::string_view kName = "Setting";
  template <class V>
  void describe(V& v) {
    v.field("key", key, "setting");
    v.field("value", value, "its value here");
    v.field("origin", origin, "default, solvent.toml, a variable or a flag");
    v.field("type", type, "kind of value", {.wide = true});
    v.field("doc", doc, "what it means");
    v.field("variable", variable, "environment variable that sets it", {.wide = true});
  }
};
struct SettingList {
  std::vector<SettingRow> settings;
  static constexpr std::string_view kName = "SettingList";
  template <class V>
  void describe(V& v) {
    v.field("settings", settings, "by key");
  }
};

struct ReportRequest {
  std::optional<std::string> as_of;
  std::string team;
  static constexpr std::string_view kName = "ReportRequest";
  template <class V>
  void describe(V& v) {
    v.field("as_of", as_of, "date or time of the statement; now when not given");
    v.field("team", team, "only this owner's", {.optional = true});
  }
};

struct SoundnessReport {
  bool sound = true;
  std::int64_t chunks = 0, bytes = 0, entries = 0, debts = 0;
  std::vector<std::string> problems;
  static constexpr std::string_view kName = "SoundnessReport";
  template <class V>
  void describe(V& v) {
    v.field("sound", sound, "nothing is wrong");
    v.field("chunks", chunks, "stored pieces read back");
    v.field("bytes", bytes, "bytes read back", {.unit = Unit::kBytes});
    v.field("entries", entries, "ledger entries that sum to zero");
    v.field("debts", debts, "debts that agree with their entries");
    v.field("problems", problems, "one sentence each");
  }
};

const std::vector<op::OperationSpec>& workspace_operation_specs();
std::vector<op::Handler> bind_workspace(Workspace& workspace, ledger::Ledger& ledger);

}  // namespace solvent::app
