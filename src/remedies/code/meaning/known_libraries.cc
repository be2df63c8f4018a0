#include "base/embedded.h"
#include "remedies/code/meaning/library.h"

extern "C" const solvent::EmbeddedFile solvent_library_kinds[];

namespace solvent::remedies::code {

const Library& known_libraries() {
  static const Library known = [] {
    std::vector<Library::Source> sources;
    for (const EmbeddedFile* file = solvent_library_kinds; file->name != nullptr; ++file)
      sources.push_back({file->name, {file->text, file->size}});
    return MUST(Library::read(sources));
  }();
  return known;
}

}  // namespace solvent::remedies::code
