#include "net/gzip.h"

#include <zlib.h>

#include <algorithm>

namespace solvent::net {
namespace {

constexpr int kGzipWindow = 15 + 16;  // 15 window bits, gzip wrapping
constexpr int kAnyWindow = 15 + 32;   // gzip or zlib, told apart by the header
constexpr std::size_t kPiece = 64u << 10;

Bytef* bytes_of(std::string_view text) {
  return reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
}

}  // namespace

struct Deflater::State {
  z_stream zip{};

  explicit State(int level) {
    const int made = deflateInit2(&zip, level, Z_DEFLATED, kGzipWindow, 8, Z_DEFAULT_STRATEGY);
    ASSERT(made == Z_OK);
  }
  ~State() { deflateEnd(&zip); }

  std::string run(std::string_view bytes, int flush) {
    ASSERT(bytes.size() <= UINT32_MAX);
    zip.next_in = bytes_of(bytes);
    zip.avail_in = static_cast<uInt>(bytes.size());
    std::string out;
    do {
      const std::size_t used = out.size();
      out.resize(used + std::clamp<std::size_t>(zip.avail_in, 256, kPiece));
      zip.next_out = bytes_of(out) + used;
      zip.avail_out = static_cast<uInt>(out.size() - used);
      const int code = deflate(&zip, flush);
      ASSERT(code != Z_STREAM_ERROR);
      out.resize(out.size() - zip.avail_out);
    } while (zip.avail_out == 0);
    return out;
  }
};

Deflater::Deflater(int level) : state_(std::make_unique<State>(level)) {}
Deflater::~Deflater() = default;
Deflater::Deflater(Deflater&&) noexcept = default;
Deflater& Deflater::operator=(Deflater&&) noexcept = default;

std::string Deflater::add(std::string_view bytes) {
  return state_->run(bytes, Z_SYNC_FLUSH);
}
std::string Deflater::finish() {
  return state_->run({}, Z_FINISH);
}

struct Inflater::State {
  z_stream zip{};
  std::uint64_t left;
  bool ended = false;

  explicit State(std::uint64_t bytes_max) : left(bytes_max) {
    const int made = inflateInit2(&zip, kAnyWindow);
    ASSERT(made == Z_OK);
  }
  ~State() { inflateEnd(&zip); }
};

Inflater::Inflater(std::uint64_t bytes_max) : state_(std::make_unique<State>(bytes_max)) {}
Inflater::~Inflater() = default;
Inflater::Inflater(Inflater&&) noexcept = default;
Inflater& Inflater::operator=(Inflater&&) noexcept = default;

Result<std::string> Inflater::add(std::string_view bytes) {
  State& state = *state_;
  std::string out;
  if (bytes.empty()) return out;
  if (state.ended)
    return fail(Code::kInvalidArgument, "bytes follow the end of the gzip body",
                "send one gzip member");
  ASSERT(bytes.size() <= UINT32_MAX);
  state.zip.next_in = bytes_of(bytes);
  state.zip.avail_in = static_cast<uInt>(bytes.size());
  do {
    const std::size_t used = out.size();
    out.resize(used + kPiece);
    state.zip.next_out = bytes_of(out) + used;
    state.zip.avail_out = static_cast<uInt>(kPiece);
    const int code = inflate(&state.zip, Z_NO_FLUSH);
    out.resize(out.size() - state.zip.avail_out);
    if (out.size() > state.left)
      return fail(Code::kResourceExhausted, "the body is too large once uncompressed",
                  "send it in smaller parts");
    if (code == Z_STREAM_END) {
      state.ended = true;
      if (state.zip.avail_in > 0)
        return fail(Code::kInvalidArgument, "bytes follow the end of the gzip body",
                    "send one gzip member");
      break;
    }
    if (code != Z_OK && code != Z_BUF_ERROR)
      return fail(Code::kInvalidArgument, "the body is not valid gzip",
                  "send it plain, or compress it again");
  } while (state.zip.avail_in > 0 || state.zip.avail_out == 0);
  state.left -= out.size();
  return out;
}

Result<void> Inflater::finish() const {
  if (state_->ended) return {};
  return fail(Code::kInvalidArgument, "the gzip body stops short", "send all of it");
}

std::string gzip(std::string_view bytes, int level) {
  z_stream zip{};
  const int made = deflateInit2(&zip, level, Z_DEFLATED, kGzipWindow, 8, Z_DEFAULT_STRATEGY);
  ASSERT(made == Z_OK && bytes.size() <= UINT32_MAX);
  std::string out(deflateBound(&zip, bytes.size()), '\0');
  zip.next_in = bytes_of(bytes);
  zip.avail_in = static_cast<uInt>(bytes.size());
  zip.next_out = bytes_of(out);
  zip.avail_out = static_cast<uInt>(out.size());
  const int code = deflate(&zip, Z_FINISH);
  ASSERT(code == Z_STREAM_END);
  out.resize(zip.total_out);
  deflateEnd(&zip);
  return out;
}

Result<std::string> gunzip(std::string_view bytes, std::uint64_t bytes_max) {
  Inflater inflater(bytes_max);
  std::string out = TRY(inflater.add(bytes));
  TRY(inflater.finish());
  return out;
}

}  // namespace solvent::net
