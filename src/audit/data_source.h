/// Where an audit gets data sets from: the interface that the workspace's data module is put
/// behind. Implementations are thread-safe.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "check/check.h"
#include "op/caller.h"
#include "profile/profile.h"
#include "table/table.h"

namespace solvent::audit {

/// One version of a data set that has a profile.
struct DataVersion {
  std::string dataset;         ///< asset name, as shown to people
  std::string digest;          ///< identity of the version
  std::string slice;           ///< "month=1"; empty for the whole
  std::string profile_digest;  ///< content of the profile
  std::int64_t rows = 0;
};

/// Rows of a version; `keep` holds whatever file the table reads from.
struct OpenTable {
  std::unique_ptr<table::Table> table;
  std::shared_ptr<void> keep;
};

class DataSource {
 public:
  virtual ~DataSource() = default;
  /// `version`: digest or prefix, slice text, or empty for the newest. kNotFound says what there
  /// is.
  virtual Result<DataVersion> find(const op::Caller& caller, const std::string& dataset,
                                   const std::string& version) = 0;
  virtual Result<profile::TableProfile> profile(const DataVersion& version) = 0;
  virtual Result<OpenTable> open(const DataVersion& version) = 0;
  /// Declared meaning; only `dataset` is set where nothing was declared.
  virtual Result<check::DataMeaning> meaning(const std::string& dataset) = 0;
};

}  // namespace solvent::audit
