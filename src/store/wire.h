/// Little-endian integers to and from bytes. Pure; the reader never goes past its input.
#pragma once

#include <cstdint>
#include <string>

#include "base/bytes.h"
#include "base/digest.h"

namespace solvent::store {

template <class T>
void append_int(std::string& out, T value) {
  for (std::size_t i = 0; i < sizeof(T); ++i) out.push_back(static_cast<char>(value >> (8 * i)));
}
inline void append_digest(std::string& out, const Digest& digest) {
  out.append(as_text(digest.view()));
}

/// Reads forward; once a read does not fit, `ok` is false and every value is zero.
class WireReader {
 public:
  explicit WireReader(ByteView bytes) : bytes_(bytes) {}

  template <class T>
  T integer() {
    const ByteView part = take(sizeof(T));
    T value = 0;
    for (std::size_t i = 0; i < part.size(); ++i)
      value = static_cast<T>(value | static_cast<T>(part[i]) << (8 * i));
    return value;
  }
  Digest digest() {
    Digest out;
    const ByteView part = take(out.bytes.size());
    for (std::size_t i = 0; i < part.size(); ++i) out.bytes[i] = part[i];
    return out;
  }
  ByteView take(std::size_t count) {
    if (!ok_ || count > left()) {
      ok_ = false;
      return {};
    }
    const ByteView part = bytes_.subspan(at_, count);
    at_ += count;
    return part;
  }
  std::size_t left() const { return bytes_.size() - at_; }
  std::size_t at() const { return at_; }
  bool ok() const { return ok_; }

 private:
  ByteView bytes_;
  std::size_t at_ = 0;
  bool ok_ = true;
};

}  // namespace solvent::store
