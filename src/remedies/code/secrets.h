/// Finds credentials in text. Pure; total over any bytes. A sighting never holds the credential,
/// only where it stands.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace solvent::remedies::code {

struct SecretSighting {
  std::string kind;                ///< "AWS access key", "password", …
  std::int64_t line = 0;           ///< 1-based; of its first byte
  std::size_t begin = 0, end = 0;  ///< bytes of the text
  double confidence = 1;
};

/// Compiled patterns; make one for many files. Immutable, so thread-safe.
class SecretScanner {
 public:
  SecretScanner();
  ~SecretScanner();
  /// In order, at most one a line. `path` decides what is prose, what configuration, what a test.
  std::vector<SecretSighting> find(std::string_view path, std::string_view text) const;

 private:
  struct Patterns;
  std::unique_ptr<const Patterns> patterns_;
};

/// Whether a value is plainly a stand-in: "changeme", "<your key>", "${TOKEN}", "xxxx", "abc123…".
bool is_placeholder(std::string_view value);
/// Shannon entropy of a text's bytes, in bits a byte.
double entropy_bits(std::string_view text);

}  // namespace solvent::remedies::code
