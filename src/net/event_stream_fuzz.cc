// Server-sent events from a server that may be anybody: however the bytes are cut, the events are
// the same, and none carries an end of line in its name.
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "net/http.h"

namespace {

using namespace solvent;
using Events = std::vector<std::pair<std::string, std::string>>;

Events events_of(std::string_view bytes, std::size_t piece) {
  Events events;
  const net::BodyReader body = [&]() -> Result<std::string> {
    std::string next(bytes.substr(0, piece));
    bytes.remove_prefix(next.size());
    return next;
  };
  MUST(net::read_events(body, [&](std::string_view event, std::string_view data) {
    ASSERT(!event.empty() && event.find('\n') == std::string_view::npos);
    events.emplace_back(event, data);
    return true;
  }));
  return events;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view bytes = as_text({data + 1, size - 1});
  ASSERT(events_of(bytes, 1 + data[0] % 16) == events_of(bytes, size));
  return 0;
}
