/// The page's files, compressed when the program was built; they live as long as the process.
#pragma once

#include <span>

#include "net/api.h"

namespace solvent::app {

/// Made by tools/embed_web.
std::span<const net::Asset> web_assets();

}  // namespace solvent::app
