#include "app/command.h"

int main(int count, char** words) {
  return solvent::app::run_command(std::vector<std::string>(words + 1, words + count),
                                   solvent::system_clock(), solvent::system_random());
}
