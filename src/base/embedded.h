/// Files that are part of the program: `solvent_embed_files` of cmake/solvent_module.cmake makes a
/// table of them, closed by an entry without a name.
#pragma once

#include <cstdint>

namespace solvent {

struct EmbeddedFile {
  const char* name;  ///< relative to the folder that embeds it
  const char* text;  ///< followed by a zero byte
  std::uint64_t size;
};

}  // namespace solvent
