/// The encodings that hand-written configuration comes in. Pure; total over any bytes.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace solvent::syntax {

struct DecodedText {
  std::string text;  ///< valid UTF-8 without byte order mark
  bool utf8 = true;  ///< the bytes were UTF-8, with or without mark
};

/// By byte order mark (UTF-8, UTF-16, UTF-32), then UTF-8 when it is valid, else Latin-1, in which
/// every byte is a character (pip falls back to the machine's encoding in the same place).
DecodedText decode_text(std::string_view bytes);

/// The code point in UTF-8; a lone surrogate in three bytes, as Python's strings may hold one.
void append_code_point(std::string& out, std::uint32_t c);

}  // namespace solvent::syntax
