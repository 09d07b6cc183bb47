/** How the ways of an edit are named, by the ids that the code situations give them: the fields of a `Way`. */
export const CODE: Readonly<Record<string, { readonly names: string; readonly does: string; readonly facts: string }>> =
  {
    edit_lines: {
      names:
        "edit_lines|(the |your |)edit_lines tool|(the |your |a |)line (editor|editing tool|edit tool)|line edits|a line edit|a (minimal|small|tiny|surgical|one( |-)line|targeted|local) (change|diff|patch|fix)|the smallest (possible |)(change|diff)|(just|only) (that|the one|the wrong|the changed|this) line|a small(er|) diff|a minimal patch|the line tool",
      does:
        "(just |only |)(change|touch|replace|fix|swap) (only |just |)(that|the one|the wrong|this|one) line|keep the rest( of the file|)( as it is| untouched| intact|)|leave the (rest|other lines|remaining lines)( of the file|) (alone|as they are|untouched|in peace)|(make|do) a (minimal|small|tiny|surgical|one( |-)line) (change|diff|patch)|change (only |just |)what (has to|needs to|must) change|touch as little as possible|change (only |)the lines (concerned|that matter|involved)|keep the diff (small|tiny|minimal|short)|change it in place|be surgical|go line by line",
      facts:
        "(one|a single) line is enough|it's (only |just |)(one|a single) line|the rest of the file (is|was) (fine|right|good|ok)|I (have to|must|need to) review (that|the diff)|the diff (is|gets|would be) (huge|too big|unreadable)|one line, not the whole file|(that|this) is a (one( |-)line|small|tiny) (change|fix)|surgical change, not the whole file|the file has other work in it|somebody else works on (that|this) file( too|)|you rewrote everything( for one line|)|I had unsaved work in there"
    },
    edit: {
      names:
        "edit|(the |your |)edit tool|(the |your |)(replace|replacement|find and replace|search and replace) (tool|function)|search and replace|find and replace|a (string |text |)replacement|a (small|targeted|minimal|surgical) edit|(the |your |)built-in edit|edit \\(the tool\\)|the edit function",
      does:
        "replace (just |only |)(that|the|this) (text|snippet|piece|part|string|passage)|(search for|find) the (old |)text and replace it|swap the old text for the new( one|)|use your tool for edits|edit (it|the file)( with the tool|)( instead|)|(do|make) a (search and replace|replacement|proper edit|small edit)",
      facts:
        "you have an edit tool|there is a tool for edits|the edit tool (exists|is made) for (that|this)|text can be replaced in place"
    },
    write: {
      names:
        "write|(the |your |)write tool|(a |the |)(full|complete|whole) (rewrite|file)|the whole file|your built-in write|write \\(the tool\\)|a fresh file",
      does:
        "(write|rewrite|replace|output|give me) the (whole|complete|full|entire) (file|thing)|write (it|everything|the file) (again|anew|from scratch)|start the file (afresh|over)",
      facts:
        "I want the whole file|(a |the |)(rewrite|whole file) is easier to review( here|)|the file is short enough (to|for a) rewrite"
    },
    sed: {
      names: "sed|sed -i|a sed one-liner",
      does: "let sed do it|do it with sed",
      facts: "sed can do that|that's what sed is for"
    },
    echo: {
      names: "echo|a shell redirect|echo >>|>>|an append with echo",
      does: "append it with echo|append it from the shell|echo it into the file",
      facts: "echo can append"
    }
  }

/** What a human forbids when a whole file is written again. */
export const CLOBBER =
  "(overwrite|rewrite|replace|clobber|recreate|regenerate|dump) (the|my|whole|entire|the whole|the entire|the complete) (file|files)|overwrite (it|things|everything)|write (everything|all of it|the whole file|it all) (again|anew|from scratch|)|use write|throw (the file|my file) away|touch (the rest|other lines|lines that are fine)|start (over|from scratch)|write the (whole|entire) file|paste the whole file"
