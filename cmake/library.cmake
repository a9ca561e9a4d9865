# SPDX-License-Identifier: LGPL-3.0-or-later
include(cmake/lazy.cmake)
find_package(PkgConfig REQUIRED)
find_package(fmt 9 REQUIRED)
find_package(Threads REQUIRED)
pkg_check_modules(BLKID REQUIRED IMPORTED_TARGET blkid)
# Only some actions call these: they are loaded with the first call.
pkg_check_modules(LAZY REQUIRED libarchive libcrypto libacl libcap devmapper fdisk libcryptsetup
  liburing fuse3 hivex augeas sqlite3 libsystemd yara libvirt libxml-2.0 yaml-0.1)

add_library(vmcraft_fmt OBJECT cmake/fmt_static.cc)
target_include_directories(vmcraft_fmt INTERFACE
  $<TARGET_PROPERTY:fmt::fmt,INTERFACE_INCLUDE_DIRECTORIES>)

# Options every target of the project is built with.
add_library(vmcraft_options INTERFACE)
target_compile_options(vmcraft_options INTERFACE
  -Wall -Wextra -Wshadow -Wnon-virtual-dtor -Wsuggest-override -Wconversion
  # g++ 12 sees overlaps in std::string that are not there.
  $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict>
  $<$<BOOL:${VMCRAFT_WERROR}>:-Werror>)
if(VMCRAFT_SANITIZE)
  target_compile_options(vmcraft_options INTERFACE -fsanitize=${VMCRAFT_SANITIZE}
    -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(vmcraft_options INTERFACE -fsanitize=${VMCRAFT_SANITIZE})
endif()

file(GLOB_RECURSE LIBRARY_SOURCES CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/*.cc)
list(FILTER LIBRARY_SOURCES EXCLUDE REGEX "/src/(shell|capi)/")
add_library(vmcraft_objects OBJECT ${LIBRARY_SOURCES} ${GENERATED_LIBRARY})
add_dependencies(vmcraft_objects generate)
target_include_directories(vmcraft_objects PUBLIC
  ${CMAKE_SOURCE_DIR}/include ${CMAKE_SOURCE_DIR}/src ${GENERATED})
target_compile_definitions(vmcraft_objects PRIVATE
  VMCRAFT_VERSION="${PROJECT_VERSION}" VMCRAFT_LIB_DIR="${CMAKE_INSTALL_LIBDIR}"
  VMCRAFT_LIBEXEC_DIR="${CMAKE_INSTALL_FULL_LIBEXECDIR}/vmcraft")
target_include_directories(vmcraft_objects SYSTEM PUBLIC ${LAZY_INCLUDE_DIRS})
target_link_libraries(vmcraft_objects PUBLIC vmcraft_options vmcraft_fmt Threads::Threads
  PkgConfig::BLKID ${CMAKE_DL_LIBS})

if(VMCRAFT_PCH)
  target_precompile_headers(vmcraft_objects PRIVATE <algorithm> <array> <chrono> <functional> <map>
    <memory> <optional> <span> <string> <string_view> <vector> <fmt/format.h>)
endif()

lazy_library(vmcraft_lazy vmcraft_objects archive augeas crypt crypto cryptsetup acl cap devmapper
  fdisk fuse3 hivex magic sqlite3 systemd tsk uring virt xml2 yaml yara)

# For the tests and tools of this tree, which reach inside.
add_library(vmcraft_static STATIC)
target_link_libraries(vmcraft_static PUBLIC vmcraft_objects PRIVATE vmcraft_lazy vmcraft_fmt)

add_library(vmcraft SHARED)
target_link_libraries(vmcraft PRIVATE vmcraft_objects vmcraft_lazy vmcraft_fmt)
target_include_directories(vmcraft INTERFACE
  $<BUILD_INTERFACE:${CMAKE_SOURCE_DIR}/include> $<BUILD_INTERFACE:${GENERATED}>
  $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
target_compile_features(vmcraft INTERFACE cxx_std_20)
set_target_properties(vmcraft PROPERTIES SOVERSION 0 VERSION ${PROJECT_VERSION}
  LINK_DEPENDS ${GENERATED}/vmcraft.map)
target_link_options(vmcraft PRIVATE
  -Wl,--version-script=${GENERATED}/vmcraft.map -Wl,--as-needed)
if(NOT VMCRAFT_SANITIZE)
  target_link_options(vmcraft PRIVATE -Wl,-z,defs)
endif()
