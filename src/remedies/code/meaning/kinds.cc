#include "remedies/code/meaning/kinds.h"

#include <array>

namespace solvent::remedies::code {
namespace {

constexpr std::array<std::string_view, kKinds> kNames = {
    "DataFrame",    "Series",      "Index",       "GroupBy",      "PolarsFrame", "LazyFrame",
    "PolarsSeries", "SparkFrame",  "SparkColumn", "SparkSession", "ndarray",     "Tensor",
    "TfTensor",     "Estimator",   "Transformer", "Classifier",   "Regressor",   "Clusterer",
    "Pipeline",     "Search",      "Splitter",    "Module",       "Optimizer",   "Scheduler",
    "Loss",         "DataLoader",  "Dataset",     "KerasModel",   "KerasLayer",  "TfDataset",
    "HfModel",      "HfTokenizer", "HfDataset",   "HfTrainer",    "Generator",   "Score",
    "Path",         "File",        "Connection",  "str",          "bytes",       "int",
    "float",        "bool",        "None",        "list",         "tuple",       "dict",
    "set",          "iterator",    "function",    "class",        "module",      "object"};

}  // namespace

std::string_view kind_name(Kind kind) {
  return kNames[static_cast<std::size_t>(kind)];
}

std::optional<KindSet> kinds_named(std::string_view word) {
  using enum Kind;
  if (word == "Estimator")
    return KindSet(kEstimator) | kTransformer | kClassifier | kRegressor | kClusterer | kPipeline |
           kSearch;
  if (word == "number") return KindSet(kInt) | kFloat;
  for (std::size_t i = 0; i < kNames.size(); ++i)
    if (kNames[i] == word) return KindSet(static_cast<Kind>(i));
  return std::nullopt;
}

std::string to_text(KindSet kinds) {
  std::string out;
  kinds.each([&](Kind kind) {
    if (!out.empty()) out += " | ";
    out += kind_name(kind);
  });
  return out.empty() ? "unknown" : out;
}

}  // namespace solvent::remedies::code
