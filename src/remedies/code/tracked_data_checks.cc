#include <algorithm>
#include <array>
#include <set>

#include "base/text.h"
#include "remedies/code/source_checks.h"

namespace solvent::remedies::code {
namespace {

constexpr std::string_view kId = "code/data-in-git";
constexpr std::uint64_t kFixtureBytes = 100'000;
constexpr std::uint64_t kPointerBytes = 1'024;
constexpr std::uint64_t kJsonBytes = 1'000'000;
constexpr std::uint64_t kWeightsBytes = 1'000'000;

struct Ending {
  std::string_view text, kind;
};
constexpr std::array<Ending, 67> kEndings = {{
    {".csv", "table"},
    {".tsv", "table"},
    {".parquet", "table"},
    {".feather", "table"},
    {".arrow", "table"},
    {".orc", "table"},
    {".avro", "table"},
    {".xls", "table"},
    {".xlsx", "table"},
    {".ods", "table"},
    {".dta", "table"},
    {".sav", "table"},
    {".sas7bdat", "table"},
    {".xpt", "table"},
    {".rds", "table"},
    {".rda", "table"},
    {".rdata", "table"},
    {".arff", "table"},
    {".libsvm", "table"},
    {".svmlight", "table"},
    {".jsonl", "records"},
    {".ndjson", "records"},
    {".geojson", "records"},
    {".tfrecord", "records"},
    {".tfrecords", "records"},
    {".npy", "arrays"},
    {".npz", "arrays"},
    {".h5", "arrays"},
    {".hdf5", "arrays"},
    {".hdf", "arrays"},
    {".mat", "arrays"},
    {".nc", "arrays"},
    {".zarr", "arrays"},
    {".pkl", "pickle"},
    {".pickle", "pickle"},
    {".joblib", "pickle"},
    {".dill", "pickle"},
    {".p", "pickle"},
    {".sqlite", "database"},
    {".sqlite3", "database"},
    {".db", "database"},
    {".duckdb", "database"},
    {".mdb", "database"},
    {".lmdb", "database"},
    {".zip", "archive"},
    {".gz", "archive"},
    {".tgz", "archive"},
    {".tar", "archive"},
    {".bz2", "archive"},
    {".xz", "archive"},
    {".7z", "archive"},
    {".zst", "archive"},
    {".rar", "archive"},
    {".pt", "model weights"},
    {".pth", "model weights"},
    {".onnx", "model weights"},
    {".safetensors", "model weights"},
    {".ckpt", "model weights"},
    {".keras", "model weights"},
    {".tflite", "model weights"},
    {".gguf", "model weights"},
    {".ggml", "model weights"},
    {".mlmodel", "model weights"},
    {".caffemodel", "model weights"},
    {".pmml", "model weights"},
    {".cbm", "model weights"},
    {".model", "model weights"},
}};

/// What a file is by its ending; empty when it is no data file.
std::string_view kind_of(const check::SourceFile& file) {
  const std::string name = lower_ascii(file_name(file.path));
  if (name == "thumbs.db") return {};
  for (const auto& [ending, kind] : kEndings) {
    if (!name.ends_with(ending) || name.size() == ending.size()) continue;
    // ".model" and ".p" are used for small texts too.
    if ((ending == ".model" || ending == ".p") && file.size < kFixtureBytes) return {};
    return kind;
  }
  if (name.ends_with(".bin") && file.size >= kWeightsBytes) return "model weights";
  const bool lock = name.ends_with("lock.json") || name.ends_with(".lock.json");
  if (name.ends_with(".json") && !lock && file.size >= kJsonBytes) return "records";
  return {};
}

/// Whether `solvent data put` reads such a file.
bool can_be_put(std::string_view path) {
  const std::string name = lower_ascii(file_name(path));
  return std::ranges::any_of(
      std::initializer_list<std::string_view>{".csv", ".tsv", ".parquet", ".jsonl", ".ndjson"},
      [&](std::string_view ending) { return name.ends_with(ending); });
}

/// git-lfs and git-annex leave a small text in the file's place.
bool is_pointer(const check::SourceTree& tree, const check::SourceFile& file) {
  if (file.size > kPointerBytes) return false;
  const auto text = tree.text(file);
  return text && (text->starts_with("version https://git-lfs.github.com/spec/") ||
                  text->starts_with("/annex/objects/") ||
                  text->find(".git/annex/objects/") != std::string_view::npos);
}

/// Paths that DVC versions: x.dvc beside x, and the outputs that a dvc.lock lists.
class DvcPaths {
 public:
  explicit DvcPaths(const check::SourceTree& tree) {
    for (const auto& file : tree.files()) {
      if (file.path.ends_with(".dvc") && file.path.size() > 4)
        paths_.insert(file.path.substr(0, file.path.size() - 4));
      if (file_name(file.path) != "dvc.lock") continue;
      if (const auto text = tree.text(file)) add_outputs(directory_of(file.path), *text);
    }
  }
  bool covers(std::string_view path) const {
    if (paths_.empty()) return false;
    for (; !path.empty(); path = directory_of(path))
      if (paths_.contains(std::string(path))) return true;
    return false;
  }

 private:
  void add_outputs(std::string_view directory, std::string_view text) {
    bool outputs = false;
    for (std::string_view line : split_lines(text)) {
      line = trim(line);
      if (line == "outs:" || line == "deps:" || line == "params:") outputs = line == "outs:";
      if (line.starts_with("- ")) line = trim(line.substr(2));
      if (outputs && line.starts_with("path:"))
        paths_.insert(resolve_path(directory, trim(line.substr(5))));
    }
  }

  std::set<std::string> paths_;
};

Result<check::Answer> run(const check::Input& input, const Json&, TimeUs) {
  const auto& tree = *std::get<const check::SourceTree*>(input);
  const DvcPaths dvc(tree);
  check::Answer answer;
  for (const auto& one : tree.files()) {
    const auto* file = &one;
    const auto kind = is_foreign(file->path) ? std::string_view() : kind_of(*file);
    if (kind.empty()) continue;
    // What git does not track (any more) has been looked at: that pays what was owed for it.
    answer.examinations.push_back({.subject = file->path});
    if (!file->tracked) continue;
    const bool fixture = (lies_below(file->path, "tests") || lies_below(file->path, "test")) &&
                         file->size < kFixtureBytes;
    if (file->size == 0 || fixture || is_pointer(tree, *file) || dvc.covers(file->path)) continue;
    const bool known = file->digest != Digest{};
    Json evidence;
    evidence.set("kind", kind);
    evidence.set("bytes", file->size);
    add_finding(
        answer,
        {.check = std::string(kId),
         .subject = file->path,
         .location = {.path = file->path},
         .message = std::string(kind) + " of " + format_bytes(file->size) +
                    (tree.is_git() ? " is committed to git" : " lies among the source"),
         .evidence = std::move(evidence),
         .fingerprint = check::content_fingerprint(kId, known ? file->digest.hex() : file->path),
         .by_hand = !tree.is_git() || !can_be_put(file->path)});
  }
  return answer;
}

}  // namespace

check::Check data_in_git() {
  return {
      .spec = {.id = std::string(kId),
               .title = "Data committed to git",
               .question = "Is this a data file or a model that is committed to the repository "
                           "instead of being versioned as data?",
               .source = "Sculley et al., Hidden Technical Debt in Machine Learning Systems, NIPS "
                         "2015 (data dependencies); Git documentation, git-lfs(1)",
               .debt_kind = "data versioning",
               .principal = {.p10_s = 300, .p50_s = 900, .p90_s = 3'600},
               .principal_each = {.p10_s = 60, .p50_s = 180, .p90_s = 900},
               .interest_month = {.p10_s = 30, .p50_s = 180, .p90_s = 1'800},
               .prior_source =
                   "our estimate: putting the file into the store and changing the path "
                   "that reads it; interest is slow clones and unexplained changes; "
                   "nothing is measured yet",
               .fix = "solvent data put {subject} --name {name} && git --literal-pathspecs rm "
                      "--quiet --cached -- {subject}",
               .advice = "Version the file as data (solvent data put for tables; DVC, git-lfs or "
                         "an artifact store for the rest), have git forget it (git rm --cached), "
                         "keep its digest in the repository, and read it by name."},
      .run = run};
}

}  // namespace solvent::remedies::code
