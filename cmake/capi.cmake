# SPDX-License-Identifier: LGPL-3.0-or-later
# The C face: a library of libguestfs' name and ABI, in a folder of its own so that nothing finds it
# unasked.
file(GLOB CAPI_SOURCES CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/capi/*.cc)
add_library(vmcraft_capi OBJECT ${CAPI_SOURCES} ${GENERATED_CAPI})
# Functions and structures share names there, which C++ warns of.
target_include_directories(vmcraft_capi SYSTEM PUBLIC ${CMAKE_SOURCE_DIR}/include/compat ${GENERATED}/compat)
# Superseded functions are still to be defined.
target_compile_definitions(vmcraft_capi PRIVATE GUESTFS_NO_WARN_DEPRECATED)
target_link_libraries(vmcraft_capi PUBLIC vmcraft_static)

add_library(guestfs SHARED)
target_link_libraries(guestfs PRIVATE vmcraft_capi vmcraft_objects vmcraft_lazy vmcraft_fmt)
set_target_properties(guestfs PROPERTIES SOVERSION 0 VERSION 0.510.0
  LIBRARY_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/guestfs LINK_DEPENDS ${CMAKE_SOURCE_DIR}/cmake/guestfs.map)
target_include_directories(guestfs SYSTEM INTERFACE ${CMAKE_SOURCE_DIR}/include/compat ${GENERATED}/compat)
add_dependencies(guestfs generate)
target_link_options(guestfs PRIVATE -Wl,--version-script=${CMAKE_SOURCE_DIR}/cmake/guestfs.map
  -Wl,--as-needed -static-libstdc++ -static-libgcc)

# The Python face is a package over that library. The build's copy lies together in one folder.
set(PYTHON_PACKAGE ${CMAKE_BINARY_DIR}/python/vmcraft)
file(GLOB PYTHON_SOURCES CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/python/vmcraft/*)
foreach(source ${PYTHON_SOURCES} ${GENERATED}/python/_actions.py)
  get_filename_component(name ${source} NAME)
  file(MAKE_DIRECTORY ${PYTHON_PACKAGE})
  file(CREATE_LINK ${source} ${PYTHON_PACKAGE}/${name} SYMBOLIC)
endforeach()
file(WRITE ${PYTHON_PACKAGE}/_location.py "LIBRARY = \"../../guestfs/libguestfs.so.0\"\n")
