/// A made-up estate at work: jobs that read and write data sets, as OpenLineage producers tell it.
/// Also the model of what the catalog must then say, kept apart from the catalog's own code.
/// Thread-compatible: one Estate for each writer.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/random.h"
#include "catalog/types.h"

namespace solvent::bench {

/// What must be known of one asset in the end.
struct Expected {
  TimeUs last_read_at = 0, last_written_at = 0, last_version_at = 0;
  std::int64_t versions = 0;
  std::set<std::string> readers;
  std::string current;
};

class Estate {
 public:
  /// Writers work on data sets and jobs of their own, as teams do.
  Estate(int writer, int jobs, std::uint64_t seed, TimeUs start);

  /// The next `count` events, bodies of about 1 KB.
  std::vector<catalog::Event> next(std::size_t count);

  /// What was made and not yet taken: the rest of the last run.
  std::vector<catalog::Event> drain() { return next(pending_.size() - taken_); }

  std::int64_t runs = 0;
  std::int64_t body_bytes = 0, events = 0;
  std::map<std::string, Expected> expected;  ///< by asset id

 private:
  struct Job {
    std::string name;
    std::vector<std::string> inputs;
    std::string output;
  };
  void run_job();
  void add(std::string type, std::int64_t version, const Json& body);
  Expected& asset(const std::string& name);
  std::string digest();

  SeededRandom random_;
  FakeClock clock_;
  std::vector<Job> jobs_;
  std::map<std::string, std::string> current_;  ///< data set → its newest version
  std::vector<catalog::Event> pending_;
  std::size_t taken_ = 0;
  std::size_t next_job_ = 0;
};

}  // namespace solvent::bench
