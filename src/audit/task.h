/// An audit as a durable task. A command runs it inline and resumes the one it was killed in; a
/// server hands it to its workers and whoever asked follows. An audit that was booked is never
/// booked again; one that was cut off reuses the answers it had. Thread-safe.
///
/// A server keeps what was uploaded for an audit in a folder of its own until that audit has ended.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "audit/audit.h"
#include "base/files.h"
#include "tasks/tasks.h"

namespace solvent::audit {

/// Where audits run.
enum class AuditPlace : std::uint8_t {
  kInline,   ///< on the thread that asks
  kWorkers,  ///< on a Runner that has `kind()`
};

class AuditTask {
 public:
  /// `folder` is this program's own, for uploads of audits that wait or run. All outlive it.
  AuditTask(Auditor& auditor, tasks::Tasks& tasks, FileSystem& files, Clock& clock, Random& random,
            std::string folder, AuditPlace place);

  Result<AuditReport> run(const AuditRequest& request, const op::Request& asked,
                          const op::Caller& caller);
  tasks::TaskKind kind();
  /// Removes uploads whose audit has ended or never began; before workers start.
  Result<void> sweep();
  /// Lets everybody go who follows an audit, with a word of where it goes on: the process stops,
  /// the audits resume in the next. Returns once they have it, within two seconds.
  void stop();

 private:
  Result<AuditReport> run_inline(const AuditRequest& request, const op::Request& asked,
                                 const op::Caller& caller);
  Result<AuditReport> hand_over(const AuditRequest& request, const op::Request& asked,
                                const op::Caller& caller);
  Result<Json> attempt(tasks::TaskContext& context);
  Result<AuditReport> follow(const std::string& id, const op::Request& asked);
  Result<AuditReport> report_of(const Json& result);
  Result<std::string> keep_uploads(const AuditRequest& request, std::vector<std::string>& roots);
  tasks::TaskKind kind_named(std::string name);

  Auditor& auditor_;
  tasks::Tasks& tasks_;
  FileSystem& files_;
  Clock& clock_;
  Random& random_;
  const std::string folder_;
  const AuditPlace place_;
  std::mutex uploads_;  ///< held while uploads have no task yet, and while they are swept
  std::atomic<bool> stopping_{false};
  std::atomic<int> followers_{0};
};

}  // namespace solvent::audit
