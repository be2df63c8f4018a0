/// The program's version.
#pragma once

#include <string_view>

namespace solvent::app {

inline constexpr std::string_view kVersion = SOLVENT_VERSION;

}  // namespace solvent::app
