/// Checks as data: a question asked of the estate, and the findings it answers with. A check
/// receives its declared input, its parameters and as_of, and has no side effect. Pure;
/// thread-safe.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/clock.h"
#include "base/digest.h"
#include "base/json.h"
#include "base/result.h"

namespace solvent::profile {
struct TableProfile;
}
namespace solvent::check {

enum class InputKind : std::uint8_t { kSourceTree, kProfile, kVersionPair, kColumnScan, kGraph };

/// Where in a subject. Lines, columns and cells are 1-based; 0 is "not said".
struct Location {
  std::string path;  ///< relative to the project root; empty for data
  std::int64_t line = 0, column = 0, end_line = 0, cell = 0;
};

/// One answer. (check, subject, item) is what the truth files and verdicts speak of.
struct Finding {
  std::string check;
  std::string subject;  ///< path in the tree, or data-set name: what one act pays off
  std::string
      item;  ///< what inside it: requirement, cell, line's content key, column(s); may be empty
  Location location;
  std::string message;  ///< one sentence with the evidence's numbers
  Json evidence;        ///< numbers, intervals, paths, rows: each check documents its members
  double confidence = 1.0;
  /// Versioned content fingerprint, "v1:<hex>": equal for equal content wherever it stands.
  std::string fingerprint;
  std::string context;       ///< digest of the surrounding lines, for nearest-context matching
  std::int64_t ordinal = 0;  ///< k-th identical fingerprint in this subject, from 0
  bool by_hand = false;      ///< the spec's fix does not pay this one: none is offered
};

/// A minutes-like quantity with its spread. Labour seconds.
struct LabourPrior {
  std::int64_t p10_s = 0, p50_s = 0, p90_s = 0;
};

/// Parameters of a check, from settings; missing ones take the spec's defaults.
struct ParameterSpec {
  std::string name, doc;
  Json default_value;
};

/// What verdicts say of a check's findings. Only a proven one is priced and booked; a refuted one
/// does not run.
enum class Standing : std::uint8_t { kProven, kUnproven, kRefuted };

struct CheckSpec {
  std::string id;            ///< "code/unpinned-dependencies"
  std::int64_t version = 1;  ///< raised whenever answers may change
  Digest made_of;            ///< of data that decide the answers, too: a rule's file; zero: none
  InputKind input = InputKind::kSourceTree;
  std::string title;      ///< "Unpinned dependencies"
  std::string question;   ///< what is asked, in a sentence ending in "?"
  std::string source;     ///< paper, specification or post-mortem the question comes from
  std::string debt_kind;  ///< "reproducibility", "data quality", "leakage", "security", "drift", …
  LabourPrior principal;  ///< to pay one subject's debt with one finding
  LabourPrior principal_each;       ///< for each further finding on the same subject
  LabourPrior interest_month;       ///< labour lost per 30 days while unpaid, per unit of exposure
  std::string prior_source;         ///< where the priors come from
  std::optional<double> precision;  ///< measured, lower Wilson bound
  std::int64_t precision_n = 0;
  Standing standing = Standing::kProven;
  std::string fix;     ///< command template (command.h) that pays the debt; empty: none can
  std::string advice;  ///< what a person should do, in one or two sentences
  /// What of DataMeaning it reads: "target", "sliced_by", "keys". It is given nothing else, and a
  /// debt is paid only by a look under the same.
  std::vector<std::string> meaning;
  std::vector<ParameterSpec> parameters;
};

/// What a check looked at, per subject. A finding can be paid only by kExamined.
enum class Outcome : std::uint8_t { kExamined, kFailed, kSkipped };
struct Examination {
  std::string subject;
  Outcome outcome = Outcome::kExamined;
  std::string reason;  ///< why failed or skipped
};
/// What several checks looked at together, kept once for all of them.
struct Coverage {
  std::string name;                       ///< "code/rules": no check has it as its id
  Digest digest;                          ///< of the examinations
  std::vector<Examination> examinations;  ///< sorted by subject, valid UTF-8
};
struct Answer {
  std::vector<Examination> examinations;     ///< of this check alone; sorted once complete
  std::shared_ptr<const Coverage> together;  ///< beside them; may be null
  std::vector<Finding> findings;
};
/// Null where the check did not look at it. For an answer that is complete (audit/judge.h).
const Examination* examination_of(const Answer& answer, std::string_view subject);
/// Sorts, and takes the digest.
std::shared_ptr<const Coverage> make_coverage(std::string name,
                                              std::vector<Examination> examinations);

/// A file of a source tree. What git ignores is listed only where a debt on the books is about it.
struct SourceFile {
  std::string path;  ///< relative, '/'-separated
  std::uint64_t size = 0;
  bool tracked = true;  ///< in git's index; true for every file of a tree without git
  Digest digest;        ///< of the content; zero when larger than the audit's limit
};

/// Read-only view of a source tree; `text` is loaded on demand and bounded.
class SourceTree {
 public:
  virtual ~SourceTree() = default;
  virtual std::span<const SourceFile> files() const = 0;
  /// kResourceExhausted over the size limit. Valid while the tree lives.
  virtual Result<std::string_view> text(const SourceFile& file) const = 0;
  virtual bool is_git() const = 0;
  /// Of everything that a check can see: equal trees have equal ones.
  virtual Digest digest() const = 0;
};

/// Declared meaning of a data set, from settings or the command line.
struct DataMeaning {
  std::string dataset;
  std::string target;             ///< column to be predicted; may be empty
  std::string sliced_by;          ///< column by which two versions were cut; may be empty
  std::vector<std::string> keys;  ///< columns that identify a row
};

struct ProfileInput {
  DataMeaning meaning;
  const profile::TableProfile* profile = nullptr;
};
struct VersionPairInput {
  DataMeaning meaning;
  std::string before_version, after_version;  ///< digests
  const profile::TableProfile* before = nullptr;
  const profile::TableProfile* after = nullptr;
};

/// Bounded scan over a data set's rows.
struct ColumnBatch;
class ColumnSource {
 public:
  virtual ~ColumnSource() = default;
  virtual std::vector<std::string> columns() const = 0;
  /// Rows, when known from the profile.
  virtual std::int64_t rows() const = 0;
  /// Number of rows that repeat an earlier row in every one of `columns` (all when empty).
  virtual Result<std::int64_t> duplicate_rows(std::span<const std::string> columns) const = 0;
  /// Values of up to `columns` as text in row order, at most `rows_max`; NULL is nullopt.
  virtual Result<void> each_row(
      std::span<const std::string> columns, std::int64_t rows_max,
      const std::function<Result<void>(std::span<const std::optional<std::string>>)>& visit)
      const = 0;
};
struct ColumnScanInput {
  DataMeaning meaning;
  const profile::TableProfile* profile = nullptr;
  const ColumnSource* source = nullptr;
};

/// An asset as graph checks see it.
struct AssetFact {
  std::string id, name_space, name, kind, owner, owner_origin;
  TimeUs created = 0, last_version = 0, last_read = 0;  ///< 0: never
  std::int64_t readers = 0, versions = 0;
};
struct GraphInput {
  std::vector<AssetFact> assets;
};

using Input =
    std::variant<const SourceTree*, ProfileInput, VersionPairInput, ColumnScanInput, GraphInput>;

using CheckFn = std::function<Result<Answer>(const Input&, const Json& parameters, TimeUs as_of)>;

struct Check {
  CheckSpec spec;
  CheckFn run;
};

/// "v1:" + digest of check id and `content` with white space folded, so reformatting keeps it.
std::string content_fingerprint(std::string_view check, std::string_view content);
/// Digest of up to `radius` lines around `line` (1-based), white space folded.
std::string context_digest(std::string_view text, std::int64_t line, std::int64_t radius = 3);

}  // namespace solvent::check
