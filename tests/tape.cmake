cmake_minimum_required(VERSION 3.22)
# Plays the tapes that ship without a terminal, twice, and tapes with mistakes.
# cmake -DRACELANE=path -DTAPES=folder -DWORK=folder -P tests/tape.cmake
macro(expect what status wanted)
    if(NOT "${status}" STREQUAL "${wanted}")
        message(FATAL_ERROR "${what}: exit status ${status}, not ${wanted}\n${out}${err}")
    endif()
endmacro()

file(GLOB tapes ${TAPES}/*.tape)
if(NOT tapes)
    message(FATAL_ERROR "${TAPES}: no tapes")
endif()
foreach(tape ${tapes})
    foreach(size 80x24 100x30 200x60)
        execute_process(COMMAND ${RACELANE} --tape ${tape} --size ${size} --record ${WORK}/tape-1.cast
                        OUTPUT_VARIABLE out ERROR_VARIABLE err RESULT_VARIABLE status)
        expect("${tape} ${size}" "${status}" 0)
        execute_process(COMMAND ${RACELANE} --tape - --size ${size} --record ${WORK}/tape-2.cast
                        INPUT_FILE ${tape} OUTPUT_VARIABLE again ERROR_VARIABLE err
                        RESULT_VARIABLE status)
        expect("${tape} ${size} from standard input" "${status}" 0)
        if(NOT out STREQUAL again)
            message(FATAL_ERROR "${tape} ${size}: two runs, two last screens\n${out}${again}")
        endif()
        file(SHA256 ${WORK}/tape-1.cast first)
        file(SHA256 ${WORK}/tape-2.cast second)
        if(NOT first STREQUAL second)
            message(FATAL_ERROR "${tape} ${size}: two runs, two recordings")
        endif()
    endforeach()
endforeach()

# What is wrong, its status, and what is said.
function(check_mistake text wanted said)
    file(WRITE ${WORK}/mistake.tape "${text}")
    execute_process(COMMAND ${RACELANE} --tape mistake.tape WORKING_DIRECTORY ${WORK}
                    OUTPUT_VARIABLE out ERROR_VARIABLE err RESULT_VARIABLE status)
    expect("${text}" "${status}" ${wanted})
    string(FIND "${err}" "${said}" place)
    if(place EQUAL -1)
        message(FATAL_ERROR "${text}: says\n${err}and not\n${said}")
    endif()
endfunction()

check_mistake("run race\nlokc on\n" 2
              "mistake.tape:2:1: error: there is no command `lokc`; is it `lock`?")
check_mistake("run race\nuntil couner > 3\n" 2
              "mistake.tape:2:7: error: this scenario shares no variable `couner`; is it `counter`?")
check_mistake("run race --lock of\nlock on\n" 2 "mistake.tape:1:1: error: --lock of: it is on or off")
check_mistake("run race --save run.rlt\nlock on\n" 2
              "mistake.tape:1:1: error: a tape cannot name a file to write")
check_mistake("lock on\n" 2 "mistake.tape names no scenario")
check_mistake("run race --simulate --set N=2\nuntil lost > 40\n" 1
              "mistake.tape:2:1: error: the run has ended, and `lost > 40` has not come")
