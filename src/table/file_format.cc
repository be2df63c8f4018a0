#include "table/file_format.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <optional>

#include "base/files.h"
#include "base/text.h"

namespace solvent::table {
namespace {

struct Magic {
  std::string_view bytes, what, hint;
};

using namespace std::string_view_literals;

/// Formats that people mistake for tables of ours, by their published magic bytes.
constexpr std::array<Magic, 16> kForeign = {{
    {"\xff\xfe"sv, "UTF-16 text", "convert it: iconv -f UTF-16 -t UTF-8 OLD.csv > NEW.csv"},
    {"\xfe\xff"sv, "UTF-16 text", "convert it: iconv -f UTF-16 -t UTF-8 OLD.csv > NEW.csv"},
    {"\x1f\x8b"sv, "gzip", "unpack it: gunzip FILE"},
    {"\x28\xb5\x2f\xfd"sv, "zstd", "unpack it: zstd -d FILE"},
    {"BZh"sv, "bzip2", "unpack it: bunzip2 FILE"},
    {"\xfd"
     "7zXZ"sv,
     "xz", "unpack it: xz -d FILE"},
    {"PK\x03\x04"sv, "a zip archive or an Excel workbook", "unpack it, or export it as CSV"},
    {"\xd0\xcf\x11\xe0"sv, "an old Excel workbook", "export it as CSV"},
    {"%PDF"sv, "PDF", "export the table as CSV"},
    {"\x89PNG"sv, "a PNG image", "give a CSV, Parquet or JSON file"},
    {"\xff\xd8\xff"sv, "a JPEG image", "give a CSV, Parquet or JSON file"},
    {"\x89HDF"sv, "HDF5", "export it as Parquet"},
    {"ARROW1"sv, "Arrow IPC (Feather)", "export it as Parquet"},
    {"ORC"sv, "ORC", "export it as Parquet"},
    {"SQLite format 3"sv, "an SQLite database", "export the table as CSV"},
    {"\x7f"
     "ELF"sv,
     "a program", "give a CSV, Parquet or JSON file"},
}};

Unexpected foreign(std::string_view what, std::string_view hint, std::string_view path) {
  return fail(Code::kInvalidArgument, "not a table that can be read, this is " + std::string(what),
              std::string(hint), sanitize_utf8(path));
}

std::string extension(std::string_view path) {
  const auto name = base_name(path);
  const auto dot = name.rfind('.');
  return dot == std::string_view::npos ? "" : lower_ascii(name.substr(dot + 1));
}

Result<Format> parquet_format(std::string_view start, std::string_view end, std::string_view path) {
  // PAR1, row groups, footer, its length in 4 bytes, PAR1 (Parquet's README, "File format").
  const bool ends_well = end.size() >= 8 && end.substr(end.size() - 4) == "PAR1";
  if (start.starts_with("PAR1") && ends_well) return Format::kParquet;
  if (start.starts_with("PARE")) return foreign("encrypted Parquet", "decrypt it first", path);
  if (start.starts_with("PAR1"))
    return fail(Code::kInvalidArgument, "truncated Parquet, the footer is missing",
                "copy or download the file again", sanitize_utf8(path));
  return fail(Code::kInvalidArgument, "named .parquet but its content is not Parquet",
              "give it the extension of what it is", sanitize_utf8(path));
}

/// Zero bytes at every second place: UTF-16 without a byte order mark.
bool looks_utf16(std::string_view start) {
  std::size_t even = 0, odd = 0;
  const std::size_t size = std::min<std::size_t>(start.size(), 512) & ~std::size_t{1};
  for (std::size_t i = 0; i < size; i += 2) {
    even += start[i] == '\0';
    odd += start[i + 1] == '\0';
  }
  return size >= 4 && std::max(even, odd) * 4 > size && std::min(even, odd) * 16 < size;
}

}  // namespace

Result<Format> format_of(std::string_view start, std::string_view end, std::string_view path) {
  const std::string suffix = extension(path);
  const bool parquet_name = suffix == "parquet" || suffix == "pq";
  if (parquet_name || start.starts_with("PAR1") || start.starts_with("PARE"))
    return parquet_format(start, end, path);
  for (const auto& magic : kForeign)
    if (start.starts_with(magic.bytes)) return foreign(magic.what, magic.hint, path);
  if (looks_utf16(start)) return foreign(kForeign[0].what, kForeign[0].hint, path);
  if (start.find('\0') != std::string_view::npos)
    return foreign("binary, it has zero bytes", "give a CSV, Parquet or JSON file", path);
  if (suffix == "csv" || suffix == "tsv" || suffix == "txt" || suffix == "data")
    return Format::kCsv;
  std::string_view text = start;
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
  text = trim(text);
  const bool json_name = suffix == "json" || suffix == "jsonl" || suffix == "ndjson";
  if (!text.empty() && (text[0] == '{' || text[0] == '[')) return Format::kJson;
  if (json_name)
    return fail(Code::kInvalidArgument, "named ." + suffix + " but it begins with neither { nor [",
                "give a list of objects, or one object a line", sanitize_utf8(path));
  return Format::kCsv;
}

Result<Format> detect_format(const OpenFile& file, std::string_view path) {
  const std::string start = TRY(file.read(0, 4096));
  const std::string end = TRY(file.read(file.size() < 8 ? 0 : file.size() - 8, 8));
  return format_of(start, end, path);
}

Result<Format> detect_format(const std::string& path) {
  return detect_format(TRY(OpenFile::open(path)), path);
}

Result<OpenFile> OpenFile::open(const std::string& path) {
  const std::string subject = sanitize_utf8(path);
  // Not blocking on a pipe that nobody writes to; it is refused below.
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (descriptor < 0) {
    const int cause = errno;
    if (cause == ENOENT || cause == ENOTDIR)
      return fail(Code::kNotFound, "no such file", "check the path's spelling", subject);
    if (cause == EACCES || cause == EPERM)
      return fail(Code::kPermissionDenied, "no permission to read the file",
                  "chmod +r it, or run as its owner", subject);
    return fail(Code::kUnavailable, std::string("cannot open the file: ") + std::strerror(cause),
                "try again", subject);
  }
  OpenFile file(descriptor, 0, subject);
  struct stat info{};
  if (::fstat(descriptor, &info) != 0)
    return fail(Code::kUnavailable, std::string("cannot stat the file: ") + std::strerror(errno),
                "try again", subject);
  if (S_ISDIR(info.st_mode))
    return fail(Code::kInvalidArgument, "this is a directory, not a table",
                "name one of the files in it", subject);
  if (!S_ISREG(info.st_mode))
    return fail(Code::kInvalidArgument, "this is not a regular file",
                "write its content to a file first", subject);
  if (info.st_size == 0)
    return fail(Code::kInvalidArgument, "the file is empty",
                "a table needs at least a header; was it written to the end?", subject);
  file.size_ = static_cast<std::uint64_t>(info.st_size);
  return file;
}

OpenFile::OpenFile(OpenFile&& other) noexcept
    : descriptor_(other.descriptor_), size_(other.size_), subject_(std::move(other.subject_)) {
  other.descriptor_ = -1;
}

OpenFile::~OpenFile() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

std::string OpenFile::engine_path() const {
  return "/proc/self/fd/" + std::to_string(descriptor_);
}

Result<std::string> OpenFile::read(std::uint64_t offset, std::size_t count) const {
  std::string out(count, '\0');
  std::size_t done = 0;
  while (done < count) {
    const auto got =
        ::pread(descriptor_, out.data() + done, count - done, static_cast<off_t>(offset + done));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0)
      return fail(Code::kUnavailable, std::string("cannot read the file: ") + std::strerror(errno),
                  "check the disk", subject_);
    if (got == 0) break;
    done += static_cast<std::size_t>(got);
  }
  out.resize(done);
  return out;
}

}  // namespace solvent::table
