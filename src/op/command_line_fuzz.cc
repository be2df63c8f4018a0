#include "op/command_line.h"

#include <cstddef>
#include <cstdint>

#include "base/bytes.h"
#include "base/text.h"
#include "op/render.h"
#include "op/sample_operations.h"

// Lines are words. A command line that parses either calls its operation or is refused as input,
// and no foreign byte drives the terminal.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace solvent;
  static const op::Operations table = op::sample::operations();
  std::vector<std::string> words;
  for (const std::string_view word : split(as_text({data, size}), '\n')) words.emplace_back(word);
  const auto line = op::parse_command_line(table, spec_of<op::sample::Cargo>(), words, "/home");
  if (!line) {
    ASSERT(line.error().code == Code::kInvalidArgument || line.error().code == Code::kNotFound);
    return 0;
  }
  if (line->spec == nullptr || line->arguments.help) return 0;
  const auto reply = table.call(*line->spec, {.params = line->arguments.params}, op::local_owner());
  ASSERT(reply || reply.error().code == Code::kInvalidArgument);
  const std::string shown =
      op::render(line->arguments.params, *line->spec->request, {.width = 40, .wide = true});
  ASSERT(is_valid_utf8(shown));
  for (const char c : shown) ASSERT(c == '\n' || static_cast<unsigned char>(c) >= 0x20);
  return 0;
}
