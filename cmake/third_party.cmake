# Pinned third parties: Debian's libraries, and what tools/setup unpacked under build/third_party.
set(SOLVENT_THIRD_PARTY ${CMAKE_SOURCE_DIR}/build/third_party CACHE PATH "What tools/setup unpacked")

find_package(Threads REQUIRED)
# Static where Debian has an archive, so that one file is the program.
set(OPENSSL_USE_STATIC_LIBS ON)
find_package(OpenSSL REQUIRED)
set(ZLIB_USE_STATIC_LIBS ON)
find_library(ZLIB_LIBRARY_RELEASE NAMES libz.a REQUIRED)
find_package(ZLIB REQUIRED)
find_library(SQLite3_LIBRARY NAMES libsqlite3.a REQUIRED)
find_package(SQLite3 REQUIRED)
find_package(GTest REQUIRED)
find_package(benchmark QUIET)
find_library(BOOST_JSON_LIBRARY NAMES libboost_json.a REQUIRED)
find_library(UTF8PROC_LIBRARY NAMES libutf8proc.a utf8proc REQUIRED)

add_library(third_party_boost_json INTERFACE)
target_link_libraries(third_party_boost_json INTERFACE ${BOOST_JSON_LIBRARY})

set(blake3 ${SOLVENT_THIRD_PARTY}/blake3/c)
add_library(third_party_blake3 STATIC
  ${blake3}/blake3.c ${blake3}/blake3_dispatch.c ${blake3}/blake3_portable.c
  ${blake3}/blake3_sse2_x86-64_unix.S ${blake3}/blake3_sse41_x86-64_unix.S
  ${blake3}/blake3_avx2_x86-64_unix.S ${blake3}/blake3_avx512_x86-64_unix.S)
target_include_directories(third_party_blake3 SYSTEM PUBLIC ${blake3})
target_compile_options(third_party_blake3 PRIVATE -w)

# duckdb.h only: the library itself is opened on first use (see src/table).
add_library(third_party_duckdb INTERFACE)
target_include_directories(third_party_duckdb SYSTEM INTERFACE ${SOLVENT_THIRD_PARTY}/duckdb)
