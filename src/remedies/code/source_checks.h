/// The checks of source trees, one function each, and what they share. Pure; thread-safe.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "check/check.h"

namespace solvent::remedies::code {

check::Check unpinned_dependencies();
check::Check notebook_never_run();
check::Check notebook_out_of_order();
check::Check notebook_installs_packages();
check::Check secret_in_code();
check::Check data_in_git();

/// The tracked files of a tree that are the project's own: nothing below installed packages,
/// editors' checkpoints or version control.
std::vector<const check::SourceFile*> own_files(const check::SourceTree& tree);
/// Whether a path lies below installed packages, editors' checkpoints or version control.
bool is_foreign(std::string_view path);
/// Last component of a path.
std::string_view file_name(std::string_view path);
/// Path up to the last '/'; empty at the root.
std::string_view directory_of(std::string_view path);
/// Whether a directory of the path has this name.
bool lies_below(std::string_view path, std::string_view directory);
/// "a/b/../c" → "a/c", relative to `base`; empty when it leaves the tree.
std::string resolve_path(std::string_view base, std::string_view path);

/// Adds a finding with the next free ordinal of its fingerprint within its subject.
void add_finding(check::Answer& answer, check::Finding finding);
/// Records that a file could not be looked at.
void add_failure(check::Answer& answer, std::string_view path, const Error& error);

}  // namespace solvent::remedies::code
