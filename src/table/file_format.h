/// What a file is by its first and last bytes; and its opening, so that what was looked at is what
/// is read later. Inside of table.
#pragma once

#include <string>
#include <string_view>

#include "table/table.h"

namespace solvent::table {

/// A regular file held open for reading; closed by the destructor. Thread-compatible.
class OpenFile {
 public:
  /// kNotFound, kPermissionDenied, or kInvalidArgument for what is no regular file or is empty.
  static Result<OpenFile> open(const std::string& path);
  OpenFile(OpenFile&& other) noexcept;
  OpenFile& operator=(OpenFile&&) = delete;
  ~OpenFile();

  int descriptor() const { return descriptor_; }
  std::uint64_t size() const { return size_; }
  /// "/proc/self/fd/7": names this very file without globs, foreign bytes or races.
  std::string engine_path() const;
  /// The path as UTF-8, for errors.
  const std::string& subject() const { return subject_; }
  /// Up to `count` bytes; fewer at the end.
  Result<std::string> read(std::uint64_t offset, std::size_t count) const;

 private:
  OpenFile(int descriptor, std::uint64_t size, std::string subject)
      : descriptor_(descriptor), size_(size), subject_(std::move(subject)) {}
  int descriptor_ = -1;
  std::uint64_t size_ = 0;
  std::string subject_;
};

Result<Format> detect_format(const OpenFile& file, std::string_view path);
/// Pure part: `start` is at least the first 4 KiB, `end` the last 8 bytes.
Result<Format> format_of(std::string_view start, std::string_view end, std::string_view path);

}  // namespace solvent::table
