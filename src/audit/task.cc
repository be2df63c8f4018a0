#include "audit/task.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <optional>
#include <thread>
#include <utility>

#include "base/digest.h"
#include "base/text.h"

namespace solvent::audit {
namespace {

/// What workers of a server take up, and what only another command resumes: its trees are paths of
/// whoever ran it.
constexpr std::string_view kOnWorkers = "audit";
constexpr std::string_view kInCommand = "audit.inline";
/// A listener is told at most this often within one phase.
constexpr std::int64_t kTellEveryNs = 50'000'000;
constexpr std::chrono::milliseconds kLook{100};
constexpr std::chrono::milliseconds kMoment{10};

/// The parameters of a task.
struct Work {
  AuditRequest request;
  std::string principal, role;
  std::vector<std::string> teams, scopes;
  std::vector<std::string> roots;  ///< of the trees, then of the files: JSON says only their names
  std::string uploads;             ///< folder below ours that the roots lie in; empty: none
  static constexpr std::string_view kName = "AuditWork";
  template <class V>
  void describe(V& v) {
    v.field("request", request, "what to look at");
    v.field("principal", principal, "who asked");
    v.field("role", role, "in which role");
    v.field("teams", teams, "of which teams");
    v.field("scopes", scopes, "for which assets");
    v.field("roots", roots, "where its trees and files are");
    v.field("uploads", uploads, "where its trees and files are kept", {.optional = true});
  }
};

std::string_view role_name(op::Role role) {
  if (role == op::Role::kAdmin) return "admin";
  if (role == op::Role::kEditor) return "editor";
  return role == op::Role::kReader ? "reader" : "";
}

op::Role role_named(std::string_view name) {
  for (const op::Role role : {op::Role::kAdmin, op::Role::kEditor, op::Role::kReader})
    if (role_name(role) == name) return role;
  return op::Role::kNone;
}

Work work_of(const AuditRequest& request, const op::Caller& caller) {
  Work work{.request = request,
            .principal = caller.principal,
            .role = std::string(role_name(caller.role)),
            .teams = caller.teams,
            .scopes = caller.scopes};
  for (const LocalTree& tree : request.trees) work.roots.push_back(tree.root);
  for (const LocalFile& file : request.files) work.roots.push_back(file.root);
  return work;
}

/// The request with its roots, which lie below `folder` when there is one.
Result<AuditRequest> request_of(const Work& work, const std::string& folder) {
  AuditRequest request = work.request;
  if (work.roots.size() != request.trees.size() + request.files.size())
    return fail(Code::kDataLoss, "the task does not say where its trees are", "audit again");
  std::size_t next = 0;
  const auto place = [&](std::string& root) -> Result<void> {
    root = work.roots[next++];
    if (!folder.empty()) root = TRY(path_below(folder, root));
    return {};
  };
  for (LocalTree& tree : request.trees) TRY(place(tree.root));
  for (LocalFile& file : request.files) TRY(place(file.root));
  return request;
}

op::Caller caller_of(const Work& work) {
  return {.principal = work.principal,
          .role = role_named(work.role),
          .teams = work.teams,
          .scopes = work.scopes};
}

std::string key_of(const Work& work) {
  return digest_of(to_canonical_text(to_json(work))).hex().substr(0, 32);
}

op::Progress shown(const AuditProgress& at) {
  return {.stage = at.phase, .fraction = at.fraction(), .detail = at.detail};
}

/// Writes where an audit stands into its task.
class Keeper {
 public:
  Keeper(tasks::TaskContext& context, Clock& clock) : context_(context), clock_(clock) {}

  AuditHooks hooks() {
    return {.told = [this](const AuditProgress& at) { tell(at); },
            .commit =
                [this](const AuditProgress& at, const auto& effect) {
                  last_ = at;
                  return context_.checkpoint(to_json(at), effect);
                }};
  }

  /// So that whoever follows hears all of the error. A task's own retries are for what its process
  /// met, not for what the audit found wrong: that is final.
  Unexpected failed(Error error) {
    last_.phase = "failed";
    last_.code = code_name(error.code);
    last_.subject = sanitize_utf8(error.subject);
    (void)context_.checkpoint(to_json(last_));
    const bool cancelled = error.code == Code::kCancelled;
    if (!cancelled && context_.task().kind == kOnWorkers) error.code = Code::kFailedPrecondition;
    return Unexpected(std::move(error));
  }

 private:
  void tell(const AuditProgress& at) {
    const std::int64_t now = clock_.monotonic_ns();
    if (at.phase == phase_ && now - told_ns_ < kTellEveryNs) return;
    phase_ = at.phase;
    told_ns_ = now;
    context_.progress(shown(at));
  }

  tasks::TaskContext& context_;
  Clock& clock_;
  AuditProgress last_;
  std::string phase_;
  std::int64_t told_ns_ = 0;
};

/// What a follower has heard.
struct Heard {
  std::mutex mutex;
  std::condition_variable changed;
  std::vector<tasks::Task> tasks;  ///< since the follower last looked
};

Code code_named(const std::string& name) {
  for (int i = 1; i <= 16; ++i)
    if (code_name(static_cast<Code>(i)) == name) return static_cast<Code>(i);
  return Code::kUnknown;
}

Unexpected error_of(const tasks::Task& task) {
  if (task.status == "cancelled")
    return fail(Code::kCancelled, "the audit was cancelled", "nothing was booked", task.id);
  return Unexpected(Error{code_named(task.state.text_or("code", task.error_code)), task.error,
                          task.hint, task.state.text_or("subject", task.id)});
}

}  // namespace

AuditTask::AuditTask(Auditor& auditor, tasks::Tasks& tasks, FileSystem& files, Clock& clock,
                     Random& random, std::string folder, AuditPlace place)
    : auditor_(auditor),
      tasks_(tasks),
      files_(files),
      clock_(clock),
      random_(random),
      folder_(std::move(folder)),
      place_(place) {}

Result<AuditReport> AuditTask::run(const AuditRequest& request, const op::Request& asked,
                                   const op::Caller& caller) {
  TRY(auditor_.may_run(request, caller));
  return place_ == AuditPlace::kInline ? run_inline(request, asked, caller)
                                       : hand_over(request, asked, caller);
}

tasks::TaskKind AuditTask::kind_named(std::string name) {
  return {.name = std::move(name),
          .run = [this](tasks::TaskContext& context) { return attempt(context); }};
}

tasks::TaskKind AuditTask::kind() {
  return kind_named(std::string(kOnWorkers));
}

Result<AuditReport> AuditTask::run_inline(const AuditRequest& request, const op::Request& asked,
                                          const op::Caller& caller) {
  const Work work = work_of(request, caller);
  tasks::NewTask task{.kind = std::string(kInCommand),
                      .key = key_of(work),
                      .params = to_json(work),
                      .created_by = caller.principal};
  const tasks::TaskKind kind = kind_named(task.kind);
  auto result = tasks_.run_inline(kind, task, asked.progress, asked.cancel);
  // Another command is at the very same audit: this one looks for itself.
  if (!result && result.error().code == Code::kUnavailable) {
    task.key.clear();
    result = tasks_.run_inline(kind, task, asked.progress, asked.cancel);
  }
  // What a killed command had booked is put in order, but it is older than this question.
  if (result && result->bool_or("before", false))
    result = tasks_.run_inline(kind, task, asked.progress, asked.cancel);
  return report_of(TRY(std::move(result)));
}

Result<AuditReport> AuditTask::hand_over(const AuditRequest& request, const op::Request& asked,
                                         const op::Caller& caller) {
  Work work = work_of(request, caller);
  // What two callers uploaded is never the same; what they name in the workspace is.
  const bool uploaded = !request.trees.empty() || !request.files.empty();
  const std::string key = uploaded ? std::string() : key_of(work);
  std::string id;
  {
    const std::lock_guard lock(uploads_);
    if (uploaded) work.uploads = TRY(keep_uploads(request, work.roots));
    id = TRY(tasks_.enqueue({.kind = std::string(kOnWorkers),
                             .key = key,
                             .params = to_json(work),
                             .created_by = caller.principal}));
  }
  return follow(id, asked);
}

/// Moves what was staged for one call to where it lasts as long as the audit.
Result<std::string> AuditTask::keep_uploads(const AuditRequest& request,
                                            std::vector<std::string>& roots) {
  const std::string name = make_uuid(clock_, random_).text();
  for (std::size_t i = 0; i < roots.size(); ++i) {
    const bool file = i >= request.trees.size();
    const std::string place = std::to_string(i);
    const std::string kept = file ? join_path(place, base_name(roots[i])) : place;
    const std::string target = join_path(join_path(folder_, name), kept);
    // All of the upload goes along: git's files may lie above the tree.
    const std::string below = file ? "" : request.trees[i].below;
    std::string upload = roots[i];
    if (!below.empty()) {
      ASSERT(upload.ends_with("/" + below));
      upload.resize(upload.size() - below.size() - 1);
    }
    TRY(files_.make_directories(std::string(parent_path(target))));
    TRY(files_.rename(upload, target));
    roots[i] = below.empty() ? kept : join_path(kept, below);
  }
  return name;
}

Result<Json> AuditTask::attempt(tasks::TaskContext& context) {
  const auto work = TRY(from_json<Work>(context.params()));
  const auto before = from_json<AuditProgress>(context.state());
  if (before && !before->audit.empty()) {
    // Booked by an attempt that was cut off behind its commit.
    TRY(auditor_.settle(caller_of(work), before->audit));
    return Json(JsonObject{{"audit", before->audit}, {"before", true}});
  }
  const AuditRequest request =
      TRY(request_of(work, work.uploads.empty() ? "" : join_path(folder_, work.uploads)));
  Keeper keeper(context, clock_);
  auto report = auditor_.run(request, caller_of(work), keeper.hooks(), context.cancel());
  if (!report) return keeper.failed(std::move(report).error());
  if (report->dry_run) return Json(JsonObject{{"report", to_json(*report)}});
  return Json(JsonObject{{"audit", report->id}});
}

Result<AuditReport> AuditTask::report_of(const Json& result) {
  if (const Json* report = result.find("report")) return from_json<AuditReport>(*report);
  return auditor_.kept(result.text_or("audit", ""));
}

Result<AuditReport> AuditTask::follow(const std::string& id, const op::Request& asked) {
  struct Following {
    explicit Following(std::atomic<int>& followers) : count(followers) { ++count; }
    ~Following() { --count; }
    std::atomic<int>& count;
  };
  const Following following(followers_);
  const auto heard = std::make_shared<Heard>();
  const auto stream = TRY(tasks_.watch(id));
  const auto held = stream.subscribe([heard](std::string_view, const Json& data) {
    auto task = from_json<tasks::Task>(data);
    if (!task) return true;
    const std::lock_guard lock(heard->mutex);
    heard->tasks.push_back(std::move(*task));
    heard->changed.notify_one();
    return true;
  });
  for (;;) {
    std::vector<tasks::Task> told;
    {
      std::unique_lock lock(heard->mutex);
      heard->changed.wait_for(lock, kLook, [&] { return !heard->tasks.empty(); });
      told.swap(heard->tasks);
    }
    for (const tasks::Task& task : told) {
      if (task.is_final()) {
        (void)sweep();
        if (task.status == "done") return report_of(task.result);
        return error_of(task);
      }
      asked.progress({.stage = task.stage.empty() ? "waiting" : task.stage,
                      .fraction = task.fraction.value_or(-1),
                      .detail = task.stage.empty() ? id : task.detail});
    }
    if (stopping_ || asked.cancel->cancelled())
      return fail(Code::kUnavailable,
                  "the audit goes on without you" +
                      std::string(stopping_ ? " once the server has started again" : ""),
                  "solvent task watch " + id, id);
  }
}

Result<void> AuditTask::sweep() {
  const std::lock_guard lock(uploads_);
  const auto names = files_.list(folder_);
  if (!names) return {};  // nothing was ever uploaded
  tasks::TaskQuery query{.kind = std::string(kOnWorkers), .limit = 1000};
  std::vector<std::string> needed;
  for (const char* status : {"queued", "running"}) {
    query.status = status;
    query.after.reset();
    do {
      const auto page = TRY(tasks_.list(query));
      for (const tasks::Task& task : page.tasks)
        needed.push_back(task.params.text_or("uploads", ""));
      query.after = page.next;
    } while (!query.after->empty());
  }
  for (const std::string& name : *names) {
    if (std::ranges::find(needed, name) != needed.end()) continue;
    std::error_code ignored;  // tried again at the next sweep
    std::filesystem::remove_all(join_path(folder_, name), ignored);
  }
  return {};
}

void AuditTask::stop() {
  stopping_ = true;
  for (int i = 0; i < 200 && followers_ > 0; ++i) std::this_thread::sleep_for(kMoment);
  std::this_thread::sleep_for(5 * kMoment);  // for the last word to leave
}

}  // namespace solvent::audit
