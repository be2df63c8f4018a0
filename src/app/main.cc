#include "app/command.h"

int main(int count, char** words) {
  const std::vector<std::string> arguments(words + 1, words + count);
  solvent::app::hide_secrets({words + 1, words + count});
  return solvent::app::run_command(arguments, solvent::system_clock(), solvent::system_random());
}
