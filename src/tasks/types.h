/// Described structs of tasks: what clients see, and the requests of the task operations.
/// Times are UTC microseconds.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/describe.h"

namespace solvent::tasks {

/// One piece of background work. `status` is "queued", "running", "done", "failed" or "cancelled";
/// the last three are final.
struct Task {
  std::string id, kind;
  std::int64_t version = 1;
  std::string key;
  std::string status = "queued";
  std::string stage;
  std::optional<double> fraction;
  std::string detail;
  std::int64_t attempts = 0, attempts_max = 5;
  bool cancel_requested = false;
  std::string owner, created_by;
  TimeUs created = 0, run_after = 0, started = 0, finished = 0, lease_until = 0;
  Json params, state, result;
  std::string error_code, error, hint;

  bool is_final() const { return finished != 0; }

  static constexpr std::string_view kName = "Task";
  template <class V>
  void describe(V& v) {
    v.field("id", id, "permanent id");
    v.field("kind", kind, "what work it is");
    v.field("version", version, "version of the kind it was made for", {.wide = true});
    v.field("key", key, "at most one unfinished task of a kind has this key", {.wide = true});
    v.field("status", status, "where it stands",
            {.choices = {"queued", "running", "done", "failed", "cancelled"}});
    v.field("stage", stage, "what it is doing");
    v.field("fraction", fraction, "share done; not there when unknown", {.unit = Unit::kRatio});
    v.field("detail", detail, "what it is looking at", {.wide = true});
    v.field("attempts", attempts, "times it was begun", {.wide = true});
    v.field("attempts_max", attempts_max, "times it may be begun", {.wide = true});
    v.field("cancel_requested", cancel_requested, "asked to stop", {.wide = true});
    v.field("owner", owner, "the process that runs it", {.wide = true});
    v.field("created_by", created_by, "who asked for it", {.wide = true});
    v.field("created", created, "when it was asked for", {.unit = Unit::kTime});
    v.field("run_after", run_after, "not begun before", {.unit = Unit::kTime, .wide = true});
    v.field("started", started, "last begun", {.unit = Unit::kTime, .wide = true});
    v.field("finished", finished, "when it ended; 0 while it has not", {.unit = Unit::kTime});
    v.field("lease_until", lease_until, "its process is given up for dead after this",
            {.unit = Unit::kTime, .wide = true});
    v.field("params", params, "what it was asked", {.wide = true});
    v.field("state", state, "its last checkpoint", {.wide = true});
    v.field("result", result, "what it yielded", {.wide = true});
    v.field("error_code", error_code, "kind of the last failure", {.wide = true});
    v.field("error", error, "the last failure");
    v.field("hint", hint, "what to do about it", {.wide = true});
  }
};

struct TaskQuery {
  std::optional<std::string> status, kind, after;
  std::int64_t limit = 50;
  static constexpr std::string_view kName = "TaskQuery";
  template <class V>
  void describe(V& v) {
    v.field("status", status, "only tasks that stand so",
            {.choices = {"queued", "running", "done", "failed", "cancelled"}});
    v.field("kind", kind, "only tasks of this kind");
    v.field("after", after, "cursor from the page before");
    v.field("limit", limit, "rows a page", {.min = 1, .max = 1000});
  }
};

/// Newest first.
struct TaskPage {
  std::vector<Task> tasks;
  std::string next;
  static constexpr std::string_view kName = "TaskPage";
  template <class V>
  void describe(V& v) {
    v.field("tasks", tasks, "one page of tasks");
    v.field("next", next, "cursor of the next page; empty on the last");
  }
};

struct TaskId {
  std::string id;
  static constexpr std::string_view kName = "TaskId";
  template <class V>
  void describe(V& v) {
    v.field("id", id, "the task");
  }
};

}  // namespace solvent::tasks
