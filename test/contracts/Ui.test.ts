import { inkSubject, jsonSubject, textSubject } from "../helpers/UiHumans.ts"
import { uiContract } from "./UiContract.ts"

uiContract(inkSubject)
uiContract(jsonSubject)
uiContract(textSubject)
