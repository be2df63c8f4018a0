#include "store/verify.h"

#include <algorithm>

#include "store/reader.h"

namespace solvent::store {
namespace {

/// Beyond this many, one more line says how many were left out.
constexpr std::size_t kProblemsMax = 1000;

class Verification {
 public:
  Verification(PackSet& packs, const std::function<void(double)>& progress)
      : packs_(packs), progress_(progress) {}

  Result<VerifyReport> run() {
    std::vector<PackRow> rows;
    TRY(packs_.database().read([&](sql::Tx& tx) -> Result<void> {
      rows = TRY(list_packs(tx, 0));
      return {};
    }));
    for (const PackRow& row : rows) bytes_all_ += row.bytes;
    for (const PackRow& row : rows) TRY(check_pack(row));
    TRY(check_files());
    if (left_out_ > 0)
      report_.problems.push_back("and " + std::to_string(left_out_) + " more problems");
    return std::move(report_);
  }

 private:
  void problem(std::string text) {
    if (report_.problems.size() < kProblemsMax)
      report_.problems.push_back(std::move(text));
    else
      ++left_out_;
  }

  Result<void> check_pack(const PackRow& row) {
    auto file = packs_.handles().open(row.id);
    if (!file) {
      if (TRY(was_collected(row.id))) return {};
      problem(file.error().message);
      return {};
    }
    ++report_.packs;
    auto entries = read_pack_entries(**file, row);
    if (!entries) {
      problem(entries.error().message);
      return {};
    }
    std::sort(entries->begin(), entries->end(),
              [](const PackEntry& a, const PackEntry& b) { return a.offset < b.offset; });
    for (const PackEntry& entry : *entries) {
      const auto bytes = read_record(**file, {row.id, entry});
      if (!bytes) problem(bytes.error().message);
      if (entry.kind == Kind::kChunk) ++report_.chunks;
      if (bytes && entry.kind == Kind::kRecipe) recipes_.push_back(entry.digest);
      if (bytes && entry.kind == Kind::kTreeMark) trees_.push_back(entry.digest);
    }
    report_.bytes += static_cast<std::int64_t>(row.bytes);
    // Files are read a second time below: their chunks are half of the work.
    if (progress_ && bytes_all_ > 0)
      progress_(0.5 * static_cast<double>(report_.bytes) / static_cast<double>(bytes_all_));
    return {};
  }

  Result<bool> was_collected(const std::string& pack) {
    bool named = false;
    TRY(packs_.database().read([&](sql::Tx& tx) -> Result<void> {
      named = TRY(pack_exists(tx, pack));
      return {};
    }));
    return !named;
  }

  /// Every recipe yields its file, every tree parses and its files are there.
  Result<void> check_files() {
    TRY(packs_.refresh());
    std::size_t done = 0;
    for (const Digest& file : recipes_) {
      if (const auto checked = check_recipe(file); !checked)
        TRY(report_unless_collected(checked.error(), file, Kind::kRecipe));
      if (progress_)
        progress_(0.5 + 0.5 * static_cast<double>(++done) / static_cast<double>(recipes_.size()));
    }
    for (const Digest& tree : trees_) {
      if (const auto checked = check_tree(tree); !checked)
        TRY(report_unless_collected(checked.error(), tree, Kind::kTreeMark));
    }
    if (progress_) progress_(1);
    return {};
  }

  /// A collection that ran meanwhile may have dropped the file, with its recipe or mark.
  Result<void> report_unless_collected(const Error& error, const Digest& digest, Kind kind) {
    TRY(packs_.refresh());
    if (packs_.find(digest, kind)) problem("file " + digest.short_hex() + ": " + error.message);
    return {};
  }

  Result<void> check_recipe(const Digest& digest) {
    const std::string record = TRY(packs_.read(digest, Kind::kRecipe));
    Hasher hash;
    for (const Recipe::Piece& piece : TRY(parse_recipe(as_bytes(record))).pieces)
      hash.update(std::string_view(TRY(packs_.read(piece.chunk, Kind::kChunk))));
    if (hash.finish() != digest) return fail(Code::kDataLoss, "its chunks do not make up the file");
    return {};
  }

  Result<void> check_tree(const Digest& digest) {
    for (const TreeEntry& entry : TRY(load_tree(packs_, digest)))
      if (!packs_.find(entry.blob.digest, Kind::kChunk) &&
          !packs_.find(entry.blob.digest, Kind::kRecipe))
        return fail(Code::kDataLoss, "tree lacks the file " + entry.blob.digest.short_hex());
    return {};
  }

  PackSet& packs_;
  const std::function<void(double)>& progress_;
  VerifyReport report_;
  std::uint64_t bytes_all_ = 0;
  std::size_t left_out_ = 0;
  std::vector<Digest> recipes_, trees_;
};

}  // namespace

Result<VerifyReport> verify_packs(PackSet& packs, const std::function<void(double)>& progress) {
  return Verification(packs, progress).run();
}

}  // namespace solvent::store
