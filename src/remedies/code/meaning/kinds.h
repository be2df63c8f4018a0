/// What a value of Python can be, as far as rules ask: abstract kinds, each one bit. A set of them
/// is what a value may be at one place; the empty set is "not known". Pure.
#pragma once

#include <bit>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace solvent::remedies::code {

enum class Kind : std::uint8_t {
  // pandas
  kDataFrame,
  kSeries,
  kIndex,
  kGroupBy,
  // other frames
  kPolarsFrame,
  kLazyFrame,
  kPolarsSeries,
  kSparkFrame,
  kSparkColumn,
  kSparkSession,
  // arrays
  kNdarray,
  kTensor,
  kTfTensor,
  // scikit-learn, and what has its interface
  kEstimator,  ///< of no narrower kind
  kTransformer,
  kClassifier,
  kRegressor,
  kClusterer,
  kPipeline,
  kSearch,
  kSplitter,
  // PyTorch
  kModule,
  kOptimizer,
  kScheduler,
  kLoss,
  kDataLoader,
  kDataset,
  // TensorFlow and Keras
  kKerasModel,
  kKerasLayer,
  kTfDataset,
  // Hugging Face
  kHfModel,
  kHfTokenizer,
  kHfDataset,
  kHfTrainer,
  // the rest
  kGenerator,
  kScore,
  kPath,
  kFile,
  kConnection,
  kStr,
  kBytes,
  kInt,
  kFloat,
  kBool,
  kNone,
  kList,
  kTuple,
  kDict,
  kSet,
  kIterator,
  kFunction,
  kClass,
  kModuleObject,
  kObject,  ///< an instance of a class that has no kind of its own; Value::path says which
};
inline constexpr int kKinds = static_cast<int>(Kind::kObject) + 1;
static_assert(kKinds <= 64);

class KindSet {
 public:
  constexpr KindSet() = default;
  constexpr KindSet(Kind kind) : bits_(std::uint64_t{1} << static_cast<int>(kind)) {}

  constexpr bool known() const { return bits_ != 0; }
  constexpr bool has(Kind kind) const { return (bits_ & KindSet(kind).bits_) != 0; }
  /// Whether a value of this set is certainly one of `allowed`.
  constexpr bool within(KindSet allowed) const {
    return bits_ != 0 && (bits_ & ~allowed.bits_) == 0;
  }
  constexpr KindSet operator|(KindSet other) const { return KindSet(bits_ | other.bits_); }
  constexpr bool operator==(const KindSet&) const = default;
  int count() const { return std::popcount(bits_); }
  /// Calls `visit` with each kind, in the order of the enumeration.
  template <class Visit>
  void each(Visit&& visit) const {
    for (std::uint64_t rest = bits_; rest != 0; rest &= rest - 1)
      visit(static_cast<Kind>(std::countr_zero(rest)));
  }

 private:
  constexpr explicit KindSet(std::uint64_t bits) : bits_(bits) {}
  std::uint64_t bits_ = 0;
};

/// "DataFrame", "str", "module".
std::string_view kind_name(Kind kind);
/// The kinds that a word of a rule or a library file stands for: a kind's own name and, for
/// "Estimator", every narrower one; "number" is int or float. Nothing for an unknown word.
std::optional<KindSet> kinds_named(std::string_view word);
/// "DataFrame | Series"; "unknown" for the empty set.
std::string to_text(KindSet kinds);

}  // namespace solvent::remedies::code
