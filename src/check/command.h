/// Commands that checks offer, as templates: words with {subject}, {debt} and {name} standing alone
/// as words. {subject} is the subject quoted for a POSIX shell, {debt} its debt's id, {name} a data
/// set's name made of the subject's path. Pure; thread-safe.
#pragma once

#include <string>
#include <string_view>

namespace solvent::check {

/// Empty when the template is a command line that can be run once it is filled in; else what is
/// wrong with it, as a phrase. Prose, unknown programs, quotes and words left for a person to fill
/// in (NAME) are wrong.
std::string problem_of_command(std::string_view command);

/// The command to run, in the folder of the project. Empty when there is none: no template, or a
/// subject whose name cannot be typed (control characters, or bytes that are no UTF-8).
std::string command_of(std::string_view command, std::string_view subject, std::string_view debt);

/// `text` as one word of a POSIX shell; a leading '-' becomes "./-", so that it is no flag.
std::string shell_quoted(std::string_view text);

}  // namespace solvent::check
