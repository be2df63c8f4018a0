/// The canonical text of a tree, byte for byte that of oracle/python_dump.py over CPython's `ast`.
/// Pure. Recursive: for trees no deeper than those that CPython can show.
#pragma once

#include <string>

#include "syntax/python.h"

namespace solvent::syntax::python {

std::string dump(const Tree& tree);

}  // namespace solvent::syntax::python
