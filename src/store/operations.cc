#include "store/operations.h"

#include "store/types.h"

namespace solvent::store {
namespace {

Result<CollectResult> run_collect(Store& store, const std::vector<BlobRoot>& roots,
                                  const AuditFn& audit, const CollectRequest& request,
                                  const op::Caller& caller) {
  const CollectReport report = TRY(store.collect(roots, request.dry_run, [&](sql::Tx& tx) {
    return audit(tx, caller, "store collect", "store");
  }));
  return CollectResult{report.chunks_dropped, report.bytes_freed, report.packs_rewritten,
                       request.dry_run};
}

Result<VerifyResult> run_verify(Store& store, const op::Request& request) {
  VerifyReport report = TRY(store.verify([&](double fraction) {
    request.progress({.stage = "verify", .fraction = fraction, .detail = "reading packs"});
  }));
  return VerifyResult{report.problems.empty(), report.packs, report.chunks, report.bytes,
                      std::move(report.problems)};
}

}  // namespace

std::vector<op::OperationSpec> operation_specs() {
  return {
      {.noun = "store",
       .verb = "stat",
       .method = "GET",
       .path = "/api/store",
       .role = op::Role::kReader,
       .summary = "Show what the store holds",
       .examples = {{"solvent store stat", "packs, bytes and pieces"}},
       .request = &spec_of<Empty>(),
       .result = &spec_of<StatResult>(),
       .default_verb = true},
      {.noun = "store",
       .verb = "verify",
       .method = "POST",
       .path = "/api/store/verify",
       .role = op::Role::kReader,
       .summary = "Read everything back and compare digests",
       .description = "Every byte of every pack is covered by a digest, so a single flipped bit is "
                      "found. Problems name the pack and the offset.",
       .examples = {{"solvent store verify", "find damage before it is needed"}},
       .request = &spec_of<Empty>(),
       .result = &spec_of<VerifyResult>(),
       .progress = true},
      {.noun = "store",
       .verb = "collect",
       .method = "POST",
       .path = "/api/store/collect",
       .role = op::Role::kAdmin,
       .summary = "Drop what nothing needs any more",
       .description = "Keeps what a ref, a version or any module names, what is being put, and "
                      "what is younger than the grace period (store.grace_hours).",
       .examples = {{"solvent store collect --dry-run", "see what would go"},
                    {"solvent store collect", "give the space back"}},
       .request = &spec_of<CollectRequest>(),
       .result = &spec_of<CollectResult>(),
       .destructive = true},
  };
}

std::vector<op::Handler> bind(Store& store, std::vector<BlobRoot> roots, AuditFn audit) {
  return {
      op::handler<Empty, StatResult>(
          "store stat",
          [&store](const Empty&, const op::Request&, const op::Caller&) -> Result<StatResult> {
            const StoreStat stat = TRY(store.stat());
            return StatResult{stat.packs, stat.bytes, stat.records, stat.leases, stat.refs};
          }),
      op::handler<Empty, VerifyResult>(
          "store verify", [&store](const Empty&, const op::Request& request,
                                   const op::Caller&) { return run_verify(store, request); }),
      op::handler<CollectRequest, CollectResult>(
          "store collect",
          [&store, roots = std::move(roots), audit = std::move(audit)](
              const CollectRequest& typed, const op::Request&, const op::Caller& caller) {
            return run_collect(store, roots, audit, typed, caller);
          }),
  };
}

}  // namespace solvent::store
