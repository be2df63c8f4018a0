/// gzip (RFC 1952) both ways, piece by piece, with a bound on what comes out. Each object is
/// thread-compatible. Sizes are bytes.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

namespace solvent::net {

/// Compresses a stream. Every `add` flushes, so that what was added can be read at once.
class Deflater {
 public:
  explicit Deflater(int level = 5);
  ~Deflater();
  Deflater(Deflater&&) noexcept;
  Deflater& operator=(Deflater&&) noexcept;
  std::string add(std::string_view bytes);
  std::string finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Undoes gzip or zlib wrapping. kInvalidArgument for damage or bytes after the end,
/// kResourceExhausted once more than `bytes_max` came out in all.
class Inflater {
 public:
  explicit Inflater(std::uint64_t bytes_max);
  ~Inflater();
  Inflater(Inflater&&) noexcept;
  Inflater& operator=(Inflater&&) noexcept;
  Result<std::string> add(std::string_view bytes);
  /// kInvalidArgument when the stream stopped short.
  Result<void> finish() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

std::string gzip(std::string_view bytes, int level = 5);
Result<std::string> gunzip(std::string_view bytes, std::uint64_t bytes_max);

}  // namespace solvent::net
