# SPDX-License-Identifier: LGPL-3.0-or-later
include(CMakePackageConfigHelpers)
install(TARGETS vmcraft EXPORT vmcraft LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
if(TARGET vmcraft_tool)
  install(TARGETS vmcraft_tool RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
endif()
install(TARGETS ${HELPER_TOOLS} RUNTIME DESTINATION ${CMAKE_INSTALL_LIBEXECDIR}/vmcraft)
install(FILES include/vmcraft/error.h include/vmcraft/export.h include/vmcraft/guestfs.h
        include/vmcraft/vmcraft.h ${GENERATED}/vmcraft/types.h ${GENERATED}/vmcraft/methods.inc
        DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/vmcraft)
install(DIRECTORY ${GENERATED}/man/ DESTINATION ${CMAKE_INSTALL_MANDIR}/man3)
install(FILES ${GENERATED}/api.json ${GENERATED}/actions.md DESTINATION ${CMAKE_INSTALL_DOCDIR})

set(CMAKE_CONFIG_DIR ${CMAKE_INSTALL_LIBDIR}/cmake/vmcraft)
install(EXPORT vmcraft FILE vmcraft-config.cmake NAMESPACE vmcraft:: DESTINATION ${CMAKE_CONFIG_DIR})
write_basic_package_version_file(vmcraft-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/vmcraft-config-version.cmake
        DESTINATION ${CMAKE_CONFIG_DIR})
configure_file(cmake/vmcraft.pc.in vmcraft.pc @ONLY)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/vmcraft.pc
        DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)

# In a folder of its own: who wants it in libguestfs' place says so (vmcraft guestfs-env).
set(GUESTFS_DIR ${CMAKE_INSTALL_LIBDIR}/vmcraft)
install(TARGETS guestfs LIBRARY DESTINATION ${GUESTFS_DIR} NAMELINK_SKIP)
install(FILES include/compat/guestfs-base.h ${GENERATED}/compat/guestfs.h
        DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/vmcraft/compat)
set(VMCRAFT_PYTHON_DIR lib/python3/dist-packages CACHE STRING "Where the Python package goes")
install(FILES ${PYTHON_SOURCES} ${GENERATED}/python/_actions.py DESTINATION ${VMCRAFT_PYTHON_DIR}/vmcraft)
file(RELATIVE_PATH LIBRARY_FROM_PYTHON /${VMCRAFT_PYTHON_DIR}/vmcraft /${GUESTFS_DIR}/libguestfs.so.0)
file(WRITE ${CMAKE_BINARY_DIR}/installed_location.py "LIBRARY = \"${LIBRARY_FROM_PYTHON}\"\n")
install(FILES ${CMAKE_BINARY_DIR}/installed_location.py DESTINATION ${VMCRAFT_PYTHON_DIR}/vmcraft
        RENAME _location.py)
