#include "store/store.h"

namespace solvent::store {

Result<std::optional<Digest>> read_ref(sql::Tx& tx, std::string_view name) {
  const auto rows =
      TRY(tx.query("SELECT target FROM store_refs WHERE name = $1", {std::string(name)}));
  if (rows.empty()) return std::optional<Digest>();
  return std::optional<Digest>(TRY(parse_digest(rows[0].text(0))));
}

Result<void> move_ref(sql::Tx& tx, std::string_view name, std::optional<Digest> expected,
                      const Digest& target, TimeUs now) {
  if (name.empty() || name.size() > 512)
    return fail(Code::kInvalidArgument, "a ref's name has 1 to 512 bytes", "choose a shorter name",
                "ref");
  const auto moved_by_another = [&] {
    return fail(Code::kAborted, "another writer moved this ref first: " + std::string(name),
                "read it again and retry", std::string(name));
  };
  const auto current = TRY(read_ref(tx, name));
  if (current != expected) return moved_by_another();
  if (!expected) {
    // The row may have come between on an engine with finer snapshots: its key decides.
    const auto inserted =
        TRY(tx.execute("INSERT INTO store_refs(name, target, moved) VALUES ($1, $2, $3) "
                       "ON CONFLICT (name) DO NOTHING",
                       {std::string(name), target.hex(), now}));
    if (inserted == 0) return moved_by_another();
    return {};
  }
  const auto changed =
      TRY(tx.execute("UPDATE store_refs SET target = $2, moved = $3 WHERE name = $1 "
                     "AND target = $4",
                     {std::string(name), target.hex(), now, expected->hex()}));
  return changed == 1 ? Result<void>() : moved_by_another();
}

}  // namespace solvent::store
